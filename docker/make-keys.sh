#!/bin/sh
# Makes the passwords of a new installation, once: nothing has a default one. Each file belongs to who may read it.
set -eu
keys=${KEYS:-/keys}
if [ -e "$keys/made" ]; then exit 0; fi

postgres=999 # in the image of Postgres
node=1000    # in ours, and the same number in that of Temporal

random() { head -c 32 /dev/urandom | base64 | tr -d '/+=\n'; }

# write OWNER FILE, from its standard input
write() {
  mkdir -p "$(dirname "$keys/$2")"
  cat > "$keys/$2.new"
  chmod 0400 "$keys/$2.new"
  chown "$1" "$keys/$2.new"
  mv "$keys/$2.new" "$keys/$2"
}

umask 022
accord=$(random)
temporal=$(random)
umask 077
random | write $postgres superuser
printf %s "$accord" | write $postgres accord-of-postgres
printf %s "$temporal" | write $postgres temporal-of-postgres
printf %s "$temporal" | write $node temporal
printf %s "postgres://accord:$accord@postgres:5432/accord" | write $node database-url
random | write $node token
touch "$keys/made"
chmod 0755 "$keys"
