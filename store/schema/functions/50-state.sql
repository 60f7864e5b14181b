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
    when p.scope is null then 'its synchronizer is disabled'
    else concat('paused', case when p.scope <> 'object' then ' with its ' || p.scope || ' ' || p.name end, ' by ', p.by,
                case when p.reason <> '' then ': ' || p.reason end,
                ' (until ' || to_char(p.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC)')
  end from (select (pause_of(o)).*) p
$$;

-- The state of each of these objects, with the root of its wait: the lowest-numbered failed object that it waits
-- for, directly or through others; else the lowest-numbered one. Recursive over waiting objects only.
create or replace function object_states(ids bigint[])
returns table (id bigint, state text, backend_code integer, backend_status text, root bigint)
language sql stable as $$
  with recursive waiting (origin, waited) as (
    select w.waiter, w.waited from waits w where w.waiter = any (ids)
    union
    select v.origin, w.waited from waiting v join waits w on w.waiter = v.waited
  ),
  roots as (
    select distinct on (v.origin) v.origin, d.id, d.model, own_state(d) as state,
           own_state(d) in ('Error', 'Stalled') as failed, d.outcome_text
      from waiting v join objects d on d.id = v.waited
     where d.id <> v.origin and not exists (select 1 from waits w where w.waiter = d.id)
     order by v.origin, own_state(d) in ('Error', 'Stalled') desc, d.id
  )
  select o.id,
         case when r.origin is null then own_state(o) when o.deleted then 'Deleting' else 'Waiting' end,
         case
           when r.origin is not null then case when r.failed then 2 else 0 end
           when own_state(o) in ('Error', 'Stalled') then 2
           when own_state(o) in ('Synced', 'Not managed') then 1
           else 0
         end,
         case
           when r.failed then left('Failed due to error in model ' || r.model || ' id ' || r.id || ': ' || r.outcome_text, 1024)
           when fight_text(o) is not null and own_state(o) not in ('Error', 'Stalled', 'Deferred') then fight_text(o)
           when r.origin is not null then 'waits for ' || r.model || '/' || r.id || ' (' || r.state || ')'
           when own_state(o) = 'Paused' then why_paused(o)
           when own_state(o) = 'Pretended' then 'pretended; the back end was not touched'
           when own_state(o) = 'Synced' then 'OK'
           when own_state(o) in ('Error', 'Stalled', 'Deferred') then o.outcome_text
           when own_state(o) = 'Not managed' then 'no_sync is set'
           when o.deleted and o.no_sync and o.backend_need_delete then 'no_sync: unset it, or --orphan'
           when own_state(o) in ('Waiting', 'Deleting') and is_unselected(o) then 'not selected'
           when own_state(o) = 'Deleting' and o.backend_need_reap then 'deleted; waits until nothing links to it'
           when own_state(o) = 'Deleting' then 'being deleted'
           when own_state(o) = 'Syncing' then 'being synchronized'
           else 'about to be synchronized'
         end,
         r.id
    from objects o left join roots r on r.origin = o.id
   where o.id = any (ids)
$$;
