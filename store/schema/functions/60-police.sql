-- Does this model have a step?
create or replace function has_step(its_model text) returns boolean language sql stable as $$
  select coalesce((select m.has_step from models m where m.name = its_model), false)
$$;

-- Is what is written to an object of this model at once what is? So it is when nobody acts on it.
create or replace function needs_nobody(its_model text, no_policy boolean) returns boolean language sql stable as $$
  select not exists (select 1 from models m where m.name = its_model and (m.has_step or (m.has_policy and not no_policy)))
$$;

-- Nobody has anything (more) to do for this object: it is clean, and whoever waited for it goes on.
create or replace function settle(object bigint) returns void language plpgsql volatile as $$
begin
  update objects o
     set enacted = generation, failures = 0, next_attempt_at = null, outcome = null, outcome_generation = null,
         outcome_code = null, outcome_text = null
   where id = object and not deleted and not policed_behind(o) and not has_step(o.model);
  perform release_waiters(object);
end $$;

-- Record, in the transaction of a policy's writes, that it has answered. Its own writes to its object are answered
-- by that, too; only if it has marked the object for deletion, handleDelete is due. The caller holds the row.
create or replace function record_policed(object bigint, my_token bigint, my_attempt integer, of_version bigint,
                                          was_deleted boolean, its_summary text)
returns text language plpgsql volatile as $$
declare
  o objects;
begin
  update objects x
     set policed = case when x.deleted and not was_deleted then of_version else x.version end,
         enacted = case when x.deleted or has_step(x.model) then x.enacted else x.generation end,
         lease_until = null, next_attempt_at = null, failures = 0, outcome = null, outcome_generation = null,
         outcome_code = null, outcome_text = null, outcome_at = clock_timestamp()
   where id = object and fence = my_token and fence_attempt = my_attempt
  returning * into o;
  -- In a statement of its own: the law of two lookers.
  perform release_waiters(object);
  perform close_attempt(object, my_token, my_attempt, o.generation, 'synced', null, null, its_summary);
  insert into events (kind, model, object_id, detail)
  values ('policed', o.model, object, jsonb_build_object('version', o.policed));
  return case when has_work(o) then 'again' else 'done' end;
end $$;

-- A registration has said, in a statement before this one, whether a model has a policy: let its objects know.
-- Who creates one share-locks the row of its model first, so that none is missed. What waits for a policy that is no
-- more gets a new goal: that ends its backoff.
create or replace function adopt_policy(its_model text) returns void language plpgsql volatile as $$
declare
  ids bigint[];
begin
  with adopted as (
    update objects o
       set has_policy = m.has_policy,
           generation = generation + case when policed_behind(o) then 1 else 0 end,
           next_attempt_at = case when policed_behind(o) then null else next_attempt_at end
      from models m
     where m.name = its_model and o.model = its_model and o.has_policy <> m.has_policy returning o.id
  )
  select array_agg(id) into ids from adopted;
  if ids is null then
    return;
  end if;
  perform release_waiters(w.waited) from (select distinct waited from waits where waited = any (ids)) w;
  insert into outbox (object_id, reason, priority)
  select o.id, 'changed', 5 from objects o where o.id = any (ids) and has_work(o);
  perform pg_notify('accord_outbox', '');
end $$;

-- The policies whose writes led to this one, latest first: each was caused by the last write to its own object before.
create or replace function writers_of(object bigint) returns table (writer text) language sql stable as $$
  with recursive chain (step, event, writer) as (
    (select 1, e.id, e.writer from events e
      where e.object_id = object and e.kind in ('created', 'updated', 'marked for deletion') order by e.id desc limit 1)
    union all
    select c.step + 1, e.id, e.writer
      from chain c
      cross join lateral (
        select x.id, x.writer from events x
         where c.writer like 'policy %' and x.object_id = substring(c.writer from '/(\d+)$')::bigint and x.id < c.event
           and x.kind in ('created', 'updated', 'marked for deletion')
         order by x.id desc limit 1) e
     where c.step < 25
  )
  select c.writer from chain c order by c.step
$$;
