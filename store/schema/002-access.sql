-- Who may use a server: a token is shown once, when it is made, and kept as a digest.
create table tokens (
  name text primary key,
  digest text not null unique,
  scopes text[] not null,
  created timestamptz not null default now(),
  expires timestamptz not null
);
