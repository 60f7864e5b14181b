-- What people are told of objects: derived when it is read, so that it cannot go stale (design 3.7).
create or replace function own_state(o objects) returns text language sql stable as $$
  select case
    when not has_work(o) then case when o.no_sync then 'Not managed' else 'Synced' end
    when is_paused(o) or is_disabled(o) then 'Paused'
    when o.pretended is not distinct from o.generation and pretends(o) then 'Pretended'
    when o.outcome = 'stalled' and o.outcome_generation = o.generation then 'Stalled'
    when o.outcome = 'failed' and o.outcome_generation = o.generation then 'Error'
    when o.deleted then 'Deleting'
    when o.lease_until > clock_timestamp() then 'Syncing'
    when o.outcome = 'deferred' and o.outcome_generation = o.generation then 'Deferred'
    else 'Waiting'
  end
$$;

-- Who paused it, why, and until when.
create or replace function why_paused(o objects) returns text language sql stable as $$
  select case
    when p.scope is null and exists (select 1 from models m where m.name = o.model and not m.living)
      then 'no synchronizer has its model any more'
    when p.scope is null then 'its synchronizer is disabled'
    else concat('paused', case when p.scope <> 'object' then ' with its ' || p.scope || ' ' || p.name end, ' by ', p.by,
                case when p.reason <> '' then ': ' || p.reason end,
                ' (until ' || to_char(p.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC)')
  end from (select (pause_of(o)).*) p
$$;

-- The circle of waits that an object is in, as people are told of it. Null: it is in none. Writes cannot close one, but
-- what steps say, and what is taken back in the wrong order, can.
create or replace function circle_text(object bigint) returns text language plpgsql stable as $$
declare
  froms bigint[];
  tos bigint[];
  circle bigint[];
begin
  with recursive ahead (waiter, waited) as (
    select w.waiter, w.waited from waits w where w.waiter = object
    union
    select w.waiter, w.waited from ahead a join waits w on w.waiter = a.waited
  )
  select array_agg(waiter), array_agg(waited) into froms, tos from ahead;
  if object <> all (tos) then
    return null;
  end if;
  circle := shortest_circle(object, froms, tos);
  return left('waits in a circle: ' || (select string_agg(o.model || '/' || o.id, ' → ' order by c.at)
    from unnest(circle || object) with ordinality c (id, at) join objects o on o.id = c.id), 1024);
end $$;

-- The state of each of these objects, with the root of its wait: the lowest-numbered failed object that it waits
-- for, directly or through others; else the lowest-numbered one. Recursive over waiting objects only.
create or replace function object_states(ids bigint[])
returns table (id bigint, state text, backend_code integer, backend_status text, root bigint)
-- Planned once for each connection; so by the indices, however little there was in the tables then.
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
begin
  return query with recursive waiting (origin, waited) as (
    -- Who has nothing to do waits for nobody, whatever was found before.
    select w.waiter, w.waited from waits w join objects o on o.id = w.waiter where w.waiter = any (ids) and has_work(o)
    union
    -- By the index, whatever the statistics of a table say that fills and empties within seconds.
    select v.origin, w.waited from waiting v
     cross join lateral (select w.waited from waits w where w.waiter = v.waited offset 0) w
  ),
  -- What waits for nothing more itself.
  ends as materialized (
    select d.id, d.model, d.state, d.state in ('Error', 'Stalled') as failed, d.outcome_text
      from (select distinct v.waited from waiting v) v
     cross join lateral (
       select d.id, d.model, own_state(d) as state, d.outcome_text from objects d
        where d.id = v.waited and not exists (select 1 from waits w where w.waiter = d.id) offset 0) d
  ),
  roots as (
    select distinct on (v.origin) v.origin, e.id, e.model, e.state, e.failed, e.outcome_text
      from waiting v join ends e on e.id = v.waited
     where e.id <> v.origin
     order by v.origin, e.failed desc, e.id
  ),
  -- Who waits, and for nobody who could go on, waits for a circle, or is part of one.
  -- Materialized, so that circles are looked for among these alone: it is dear.
  stuck as materialized (
    select v.origin, v.waited from waiting v where not exists (select 1 from roots r where r.origin = v.origin)
  ),
  circling as (
    select distinct on (c.origin) c.origin, c.waited as id, c.text
      from (select s.origin, s.waited, circle_text(s.waited) as text from stuck s offset 0) c
     where c.text is not null
     order by c.origin, c.waited = c.origin desc, c.waited
  )
  select o.id,
         case
           when c.id = o.id then 'Error'
           when r.origin is null and c.id is null then own.state
           when o.deleted then 'Deleting'
           else 'Waiting'
         end,
         case
           when c.id is not null then 2
           when r.origin is not null then case when r.failed then 2 else 0 end
           when own.state in ('Error', 'Stalled') then 2
           when own.state in ('Synced', 'Not managed') then 1
           else 0
         end,
         case
           when c.id = o.id then c.text
           when c.id is not null then left('Failed due to error in model ' || (select x.model from objects x where x.id = c.id)
             || ' id ' || c.id || ': ' || c.text, 1024)
           when r.failed then left('Failed due to error in model ' || r.model || ' id ' || r.id || ': ' || r.outcome_text, 1024)
           when fight_text(o) is not null and own.state not in ('Error', 'Stalled', 'Deferred') then fight_text(o)
           when r.origin is not null then 'waits for ' || r.model || '/' || r.id || ' (' || r.state || ')'
           when own.state = 'Paused' then why_paused(o)
           when own.state = 'Pretended' then 'pretended; the back end was not touched'
           when own.state = 'Synced' then 'OK'
           when own.state in ('Error', 'Stalled', 'Deferred') then o.outcome_text
           when own.state = 'Not managed' then 'no_sync is set'
           when o.deleted and o.no_sync and o.backend_need_delete then 'no_sync: unset it, or --orphan'
           when own.state in ('Waiting', 'Deleting') and is_unselected(o) then 'not selected'
           when own.state = 'Deleting' and o.backend_need_reap then 'deleted; waits until nothing links to it'
           when own.state = 'Deleting' then 'being deleted'
           when own.state = 'Syncing' then 'being synchronized'
           else 'about to be synchronized'
         end,
         coalesce(r.id, nullif(c.id, o.id))
    from objects o cross join lateral (select own_state(o) as state offset 0) own
    left join roots r on r.origin = o.id left join circling c on c.origin = o.id
   where o.id = any (ids);
end $$;
