-- End the waits on an object that holds no longer, and put those that waited into the outbox.
-- Called in a statement after the one that changed the object: a fresh snapshot sees every wait that was
-- committed before this row lock was granted, and later ones see the change (design 3.2).
create or replace function release_waiters(object bigint) returns void language plpgsql volatile as $$
declare
  released bigint[];
begin
  with ended as (
    delete from waits w
     where w.waited = object
       and (w.kind = 'deletion' or not exists (select 1 from objects o where o.id = object and holds(o)))
    returning w.waiter
  )
  select array_agg(distinct waiter) into released from ended;
  -- Who waits for others still is told by the last of these. Two that end at the same time skip each other's waits, which
  -- are locked, and both tell: once too often is harmless. A wait that is found is locked: it ends after this commit.
  -- What was set aside is as urgent as it was; else what is written meanwhile would always overtake it, and what has come
  -- in bulk would overtake what a person waits for.
  insert into outbox (object_id, reason, cause, priority)
  select r.waiter, 'dependency', object,
         coalesce((select min(b.priority) from outbox b where b.object_id = r.waiter and b.kind = 'object'), 3)
    from unnest(released) r (waiter)
   where not exists (select 1 from waits w where w.waiter = r.waiter for key share skip locked);
  if found then
    perform pg_notify('accord_outbox', 'objects');
  end if;
end $$;

-- Remove a deleted object for good, unless something still links to it: lock, then look, then remove.
create or replace function reap(object bigint) returns boolean language plpgsql volatile as $$
begin
  perform 1 from objects where id = object and deleted and backend_need_reap for update;
  if not found then
    return false;
  end if;
  if exists (select 1 from links where dst = object and src <> object) then
    return false;
  end if;
  insert into events (kind, model, object_id) select 'reaped', model, id from objects where id = object;
  delete from objects where id = object;
  delete from pauses where scope = 'object' and name = object::text;
  perform release_waiters(object);
  return true;
end $$;

-- The back end has nothing of this object (any more): let go of what it used, wake whoever waited, and reap.
-- The caller holds the row.
create or replace function confirm_deleted(object bigint) returns void language plpgsql volatile as $$
declare
  targets bigint[];
begin
  -- How its last attempt ended holds it no longer: it may have been given up after that.
  update objects
     set backend_need_reap = true, backend_need_delete = false, lease_until = null, next_attempt_at = null, failures = 0,
         outcome = null, outcome_generation = null, outcome_code = null, outcome_text = null
   where id = object;
  select coalesce(array_agg(dst), '{}') into targets from links where src = object and dst <> object;
  -- Removing a link: whoever reaps a target right now either sees the link and leaves it to us, or has already
  -- gone on without it (FOR UPDATE and FOR KEY SHARE exclude each other).
  perform 1 from objects where id = any (targets) order by id for key share;
  delete from links where src = object;
  delete from edges where src = object;
  delete from held where src = object;
  delete from waits where waiter = object;
  perform release_waiters(object);
  perform tell(id, 'changed', 3::smallint) from objects where id = any (targets) and backend_need_reap;
  perform reap(object);
end $$;

-- Give up on what the back end may have of a deleted object. An attempt that runs is fenced off: what it reports
-- changes nothing any more.
create or replace function orphan(object bigint) returns void language plpgsql volatile as $$
declare
  o objects;
begin
  update objects set fence = nextval('fence_tokens'), fence_attempt = 0 where id = object and deleted returning * into o;
  if found then
    perform confirm_deleted(object);
    -- Its workflow may wait for others, who would have told it.
    perform tell_errand('end', o.model || '/' || o.id);
  end if;
end $$;
