-- The tables (design 3.1). Forward only: what has been released is never edited, only followed by a new file.
-- Functions and views are in functions/: they are replaced as a whole whenever they change.

create sequence object_ids;
-- One sequence for all attempts of an installation: a later attempt has the greater fence.
create sequence fence_tokens;

create table synchronizers (
  name text primary key,
  -- What was registered, so that a start that changes nothing writes nothing; and its author's number for it, so that
  -- an older one does not take it back.
  hash text not null,
  version bigint not null default 0,
  -- All models that its xproto has. One that others bring too belongs to whoever has its step or policy.
  brings text[] not null default '{}',
  -- Writes are accepted and kept; nothing is relayed.
  disabled boolean not null default false,
  -- Its objects are only pretended (design 3.9).
  pretend boolean not null default false,
  registered_at timestamptz not null default now()
);

-- Processes that poll a synchronizer's task queue: each says so now and then.
create table workers (
  name text primary key,
  synchronizer text not null references synchronizers (name) on delete cascade,
  started timestamptz not null default now(),
  seen timestamptz not null default now()
);

create table models (
  name text primary key,
  synchronizer text not null references synchronizers (name),
  definition jsonb not null,
  -- Grows when the definition changes, or who acts on it. Who writes an object was checked against one of them, and
  -- share-locks this row: a registration either waits for that write and looks at it, or has it checked again.
  revision bigint not null default 1,
  has_step boolean not null,
  has_policy boolean not null,
  -- What its step can do and asks for: {"dependsOn", "resyncEveryMs"}.
  traits jsonb not null default '{}',
  -- What its objects depend on (design 3.6): [{"kind", "path", "destModel"}], as plan/dependencies.ts finds it.
  dependencies jsonb not null default '[]',
  -- Its synchronizer still brings it. If not, its objects are held until it does again.
  living boolean not null default true,
  -- Some step has read its objects: from then on each change of them is told to their readers. Never taken back.
  is_read boolean not null default false,
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
  -- The version that policies have answered.
  policed bigint,
  -- The generation that was pretended; the one that fetchPending chose; the one whose dependsOn is in edges.
  pretended bigint,
  selected bigint,
  evaluated bigint,
  deleted boolean not null default false,
  -- Something may exist in the back end. Set before the first attempt.
  backend_need_delete boolean not null default false,
  -- The back end has confirmed the deletion; the row goes when nothing links to it any more.
  backend_need_reap boolean not null default false,
  no_sync boolean not null default false,
  no_policy boolean not null default false,
  -- Its model has a policy. Here, and brought up to date by registrations, so that «is there work?» asks no other table.
  has_policy boolean not null default false,
  write_protect boolean not null default false,
  pretend boolean not null default false,
  -- How many policies stand between a person and this object's last write (design 3.9).
  depth integer not null default 0,
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
  -- How many objects that read each other stand between the last change of a goal and this generation; how often in
  -- a row that number has grown here; and whose change it was (design 3.6, `Fighting`).
  ripple integer not null default 0,
  swings integer not null default 0,
  rival bigint,
  -- When it is to be synchronized again although it is clean (`resyncEveryMs` of its step).
  resync_at timestamptz,
  created timestamptz not null default now(),
  updated timestamptz not null default now()
) with (fillfactor = 70);
create index on objects (model, id);
create index on objects (resync_at) where resync_at is not null;
-- What the sweep looks at: few rows, whatever the size of the table.
create index on objects (id) where enacted is null or enacted < generation or deleted
  or (has_policy and (policed is null or policed < version));

-- The same by model: what a dependency that cannot be evaluated is guessed among.
create index on objects (model, id) where enacted is null or enacted < generation or deleted
  or (has_policy and (policed is null or policed < version));

-- The object's own links, as its goal has them.
create table links (
  src bigint not null references objects (id) on delete cascade,
  field text not null,
  dst bigint not null references objects (id),
  -- It is a dependency. Not so where model-deps says otherwise.
  counts boolean not null default true,
  primary key (src, field, dst)
);
create index on links (dst);

-- The ways of several links along which objects of a model depend on others, hop by hop. Derived by registrations
-- from the models' dependencies.
create table paths (
  id bigint generated always as identity primary key,
  model text not null references models (name) on delete cascade,
  kind text not null check (kind in ('service', 'path')),
  fields text[] not null,
  -- Null: the hop goes along that link of what was reached. Else back along it, to objects of this model.
  back text[] not null
);
create index on paths (model);

-- Dependencies that are not own links: through a ServiceInstanceLink, along a dotted accessor, by dependsOn (then `via`
-- is the object itself). Whoever changes or removes the `via` object brings them up to date in that transaction
-- (design 3.6).
create table edges (
  src bigint not null references objects (id) on delete cascade,
  dst bigint not null references objects (id) on delete cascade,
  kind text not null check (kind in ('service', 'path', 'author')),
  via bigint not null,
  primary key (src, dst, kind, via)
);
create index on edges (dst);
create index on edges (via);

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
  -- It could not be evaluated, so it is assumed.
  guessed boolean not null default false,
  since timestamptz not null default now(),
  primary key (waiter, waited, kind)
);
create index on waits (waited);
create index on waits (waiter) where guessed;

-- The one door for starting work. Insert-only; deleted after Temporal has accepted the signal, or, when an attempt is sure
-- to follow, by its beginning.
create table outbox (
  id bigint generated always as identity primary key,
  -- «object» is told to the object's workflow. The others are errands of the relay: release what a hold that ended
  -- held back; make the readers of an object look again; verify what an object read; deliver to a watcher;
  -- let a synchronizer select.
  kind text not null default 'object' check (kind in ('object', 'release', 'readers', 'verify', 'deliver', 'select')),
  object_id bigint,
  -- What an errand is about when it is not an object: a watcher, a synchronizer, a hold.
  subject text,
  reason text not null check (reason in ('changed', 'dependency', 'sweep', 'errand')),
  -- For «dependency»: what was synchronized.
  cause bigint,
  -- Lower goes first: what a person waits for before bulk and resync.
  priority smallint not null default 3,
  due timestamptz not null default now(),
  claimed_until timestamptz,
  tries integer not null default 0,
  -- How often a relay has found that the object cannot begin yet, and set the row aside.
  looks smallint not null default 0
);
create index on outbox (kind, priority, id);
create index on outbox (object_id);

-- Pauses, whoever asked for them, with until when (null: until somebody resumes). Of an object, a model, a synchronizer.
create table pauses (
  scope text not null check (scope in ('object', 'model', 'synchronizer')),
  name text not null,
  reason text not null default '',
  by text not null,
  since timestamptz not null default now(),
  until timestamptz,
  primary key (scope, name)
);

-- What the last attempt of an object looked at: fields of other objects, with a digest of what it saw. `by` is the code
-- that looked: the step, or its dependsOn.
create table reads (
  reader bigint not null references objects (id) on delete cascade,
  by text not null default 'step',
  target bigint not null,
  field text not null,
  digest text not null
);
create index on reads (reader);
create index on reads (target);

-- What it searched for (`find`), with the objects that there were, in order.
create table searches (
  reader bigint not null references objects (id) on delete cascade,
  by text not null default 'step',
  model text not null,
  predicate jsonb not null,
  -- One value that every match has: by it a new object finds the searches that it may belong to.
  key text not null,
  ids bigint[] not null
);
create index on searches (reader);
create index on searches (key);
create index on searches using gin (ids);

-- Who watches what. A watcher is author code on the synchronizer's own queue.
create table watchers (
  name text primary key,
  synchronizer text not null references synchronizers (name) on delete cascade,
  -- The models whose objects are affected, and what is watched of which others: [{"model", "via", "into"}].
  synchronizes text[] not null,
  watched jsonb not null,
  -- Who delivers to it now.
  fence bigint not null default 0,
  lease_until timestamptz
);

-- The same by model, descendants included: what a write looks up.
create table watching (
  model text not null references models (name) on delete cascade,
  watcher text not null references watchers (name) on delete cascade,
  -- Null: all of them.
  fields text[],
  primary key (model, watcher)
);
create index on watching (watcher);

-- Events for watchers: inserted after the object was locked, so that their order per object is that of the commits.
-- No foreign keys: every writer of a watched model would lock the one row of its watcher.
create table deliveries (
  id bigint generated always as identity primary key,
  watcher text not null,
  object_id bigint not null,
  model text not null,
  event text not null check (event in ('added', 'updated', 'deleted')),
  changed text[] not null,
  -- The values of the changed fields before; of a deleted object, all that it had.
  before jsonb not null,
  tries integer not null default 0,
  due timestamptz not null default now(),
  -- Given up after too many failures: shown, and passed by.
  parked boolean not null default false,
  error text,
  at timestamptz not null default clock_timestamp()
);
create index on deliveries (watcher, id) where not parked;
create index on deliveries (watcher, object_id, id);

-- Steps that choose what is due (fetchPending): asked now and then, and after each change.
create table pollers (
  name text primary key,
  synchronizer text not null references synchronizers (name) on delete cascade,
  every_ms bigint not null,
  -- When it is to be asked next.
  due timestamptz not null default now(),
  -- What fetchPending threw when it was last asked.
  fault text,
  fence bigint not null default 0,
  lease_until timestamptz
);

-- The models whose objects are held until they were chosen.
create table selecting (
  model text primary key references models (name) on delete cascade,
  poller text not null references pollers (name) on delete cascade
);
create index on selecting (poller);

-- Places of limits that are taken now, and how fast those that limit a rate fill up.
create table places (
  name text not null,
  object_id bigint not null,
  until timestamptz not null,
  primary key (name, object_id)
);
create index on places (object_id);
create table rates (
  name text primary key,
  tokens double precision not null,
  at timestamptz not null
);

create table attempts (
  id bigint generated always as identity primary key,
  object_id bigint not null references objects (id) on delete cascade,
  number integer not null,
  token bigint not null,
  attempt integer not null,
  kind text not null check (kind in ('sync', 'delete', 'police')),
  generation bigint,
  worker text not null,
  started timestamptz not null default clock_timestamp(),
  finished timestamptz,
  outcome text,
  code text,
  text text,
  summary text,
  -- The last lines that its code has logged, without secrets.
  log text,
  -- Of a playbook: the end of what Ansible printed, and what was run, to be rebuilt anywhere; without secrets.
  output text,
  bundle jsonb,
  -- Before it nothing could be in the back end. Were it to touch nothing, nothing could be there after it.
  opened boolean not null default false,
  unique (object_id, number)
);
-- By when they ended, roughly: rows lie as they were written, and to be found this way costs those who write nothing.
create index on attempts using brin (finished) with (pages_per_range = 16);

-- What happens in a playbook, as it happens: without secrets, capped.
create table attempt_events (
  attempt_id bigint not null references attempts (id) on delete cascade,
  number integer not null,
  at timestamptz not null,
  event jsonb not null,
  primary key (attempt_id, number)
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

-- Which Postgres this installation last ran on: one row. Another one is a restored backup or a copy (design 3.10).
create table installation (
  id boolean primary key default true check (id),
  system text not null,
  timeline bigint not null
);
