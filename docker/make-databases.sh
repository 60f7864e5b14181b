#!/bin/sh
# Run by the image of Postgres on an empty data directory: a role and databases for Accord, others for Temporal.
set -eu

# owner ROLE PASSWORD-FILE DATABASE…
owner() {
  role=$1
  # By the environment: arguments can be read by others.
  PASSWORD=$(cat "$2")
  export PASSWORD
  shift 2
  psql --set ON_ERROR_STOP=1 --username postgres --set role="$role" <<'SQL'
\getenv password PASSWORD
create role :"role" login password :'password';
SQL
  for database; do
    psql --set ON_ERROR_STOP=1 --username postgres --set role="$role" --set database="$database" <<'SQL'
create database :"database" owner :"role";
revoke all on database :"database" from public;
SQL
  done
}

owner accord /keys/accord-of-postgres accord
owner temporal /keys/temporal-of-postgres temporal temporal_visibility
