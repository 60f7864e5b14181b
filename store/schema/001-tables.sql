-- The tables (design 3.1). Forward only: what has been released is never edited, only followed by a new file.
-- Functions and views are in functions/: they are replaced as a whole whenever they change.

create sequence object_ids;
-- One sequence for all attempts of an installation: a later attempt has the greater fence.
create sequence fence_tokens;

create table synchronizers (
  name text primary key,
  -- What was registered, so that a start that changes nothing writes nothing.
  hash text not null,
  disabled boolean not null default false,
  registered_at timestamptz not null default now()
);

create table models (
  name text primary key,
  synchronizer text not null references synchronizers (name),
  definition jsonb not null,
  has_step boolean not null,
  has_policy boolean not null,
  app text not null,
  plural text not null,
  unique (app, plural)
);

create table objects (
  id bigint primary key default nextval('object_ids'),
  model text not null references models (name),
  declarative jsonb not null default '{}',
  feedback jsonb not null default '{}',
  -- Grows with every declarative change: compare-and-set, what policies answer, what may cancel an attempt.
  version bigint not null default 1,
  -- The goal to act on: grows with version, with a resync, and when something that was read has changed.
  generation bigint not null default 1,
  -- The generation that the back end has.
  enacted bigint,
  deleted boolean not null default false,
  -- Something may exist in the back end. Set before the first attempt.
  backend_need_delete boolean not null default false,
  -- The back end has confirmed the deletion; the row goes when nothing links to it any more.
  backend_need_reap boolean not null default false,
  no_sync boolean not null default false,
  no_policy boolean not null default false,
  write_protect boolean not null default false,
  -- Who may report: the token that prepare handed out, and Temporal's attempt number below it.
  fence bigint not null default 0,
  fence_attempt integer not null default 0,
  lease_until timestamptz,
  next_attempt_at timestamptz,
  -- Since the goal last changed, or a resync was asked for.
  failures integer not null default 0,
  outcome text,
  outcome_generation bigint,
  outcome_code text,
  outcome_text text,
  outcome_at timestamptz,
  created timestamptz not null default now(),
  updated timestamptz not null default now()
) with (fillfactor = 70);
create index on objects (model, id);
-- What the sweep looks at: few rows, whatever the size of the table.
create index on objects (id) where enacted is null or enacted < generation or deleted;

-- The object's own links, as its goal has them.
create table links (
  src bigint not null references objects (id) on delete cascade,
  field text not null,
  dst bigint not null references objects (id),
  primary key (src, field, dst)
);
create index on links (dst);

-- What the back end may still be using: added to when an attempt begins, replaced by its success.
create table held (
  src bigint not null references objects (id) on delete cascade,
  dst bigint not null,
  primary key (src, dst)
);
create index on held (dst);

-- Taken values of unique and unique_with, kept until the object is gone.
create table keys (
  scope text not null,
  key text not null,
  object_id bigint not null references objects (id) on delete cascade,
  primary key (scope, key)
);
create index on keys (object_id);

-- What holds an object back now. Deleting a row and telling the waiter are one transaction.
create table waits (
  waiter bigint not null references objects (id) on delete cascade,
  waited bigint not null,
  kind text not null check (kind in ('creation', 'deletion')),
  since timestamptz not null default now(),
  primary key (waiter, waited, kind)
);
create index on waits (waited);

-- The one door for starting work. Insert-only; deleted after Temporal has accepted the signal.
create table outbox (
  id bigint generated always as identity primary key,
  object_id bigint not null,
  reason text not null check (reason in ('changed', 'dependency', 'sweep')),
  -- For «dependency»: what was synchronized.
  cause bigint,
  -- Lower goes first: what a person waits for before bulk and resync.
  priority smallint not null default 3,
  due timestamptz not null default now(),
  claimed_until timestamptz,
  tries integer not null default 0
);
create index on outbox (priority, id);
create index on outbox (object_id);

create table attempts (
  id bigint generated always as identity primary key,
  object_id bigint not null references objects (id) on delete cascade,
  number integer not null,
  token bigint not null,
  attempt integer not null,
  kind text not null check (kind in ('sync', 'delete')),
  generation bigint,
  worker text not null,
  started timestamptz not null default clock_timestamp(),
  finished timestamptz,
  outcome text,
  code text,
  text text,
  summary text,
  unique (object_id, number)
);

-- The audit trail. Read below pg_snapshot_xmin and in the order of (xid, id): a plain sequence shows 11 before 10 has committed.
create table events (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  model text,
  object_id bigint,
  writer text,
  detail jsonb not null default '{}'
);
create index on events (object_id, id);
create index on events (xid, id);

-- When the sweep last ran, wherever: one row.
create table sweeps (
  id boolean primary key default true check (id),
  at timestamptz not null
);
