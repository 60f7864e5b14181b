-- What people ask of an object that is not done: since when, and what has gone wrong how often. Derived when it is asked.

-- The failures since it was last synchronized.
create or replace function trouble_of(o objects)
returns table (first_seen timestamptz, last_seen timestamptz, times integer, texts integer) language sql stable as $$
  select min(e.at), max(e.at), count(*)::integer, count(distinct e.detail ->> 'text')::integer
    from events e
   where e.object_id = o.id and e.kind in ('failed', 'stalled')
     and e.id > coalesce((select max(s.id) from events s where s.object_id = o.id and s.kind in ('created', 'synced', 'policed')), 0)
$$;

-- Since when it has been in the state that it is shown in. Never null.
create or replace function state_since(o objects, its_state text) returns timestamptz language sql stable as $$
  select coalesce(
    case its_state
      when 'Waiting' then (select min(w.since) from waits w where w.waiter = o.id)
      when 'Paused' then coalesce((pause_of(o)).since, (select s.registered_at from models m
                                     join synchronizers s on s.name = m.synchronizer where m.name = o.model))
      when 'Syncing' then (select max(a.started) from attempts a where a.object_id = o.id and a.finished is null)
      when 'Deleting' then (select max(e.at) from events e where e.object_id = o.id and e.kind = 'marked for deletion')
      when 'Error' then coalesce((select t.first_seen from trouble_of(o) t), o.outcome_at)
      when 'Stalled' then o.outcome_at
      -- The first of the deferrals that nothing else came between.
      when 'Deferred' then (select min(a.started) from attempts a
        where a.object_id = o.id and a.number > coalesce((select max(b.number) from attempts b
          where b.object_id = o.id and b.outcome is distinct from 'deferred' and b.finished is not null), 0))
      when 'Synced' then case when o.outcome = 'synced' then o.outcome_at end
      when 'Pretended' then o.outcome_at
    end, o.updated)
$$;

-- How many attempts there were for the goal that it has now; fewer than there were when older ones are forgotten.
create or replace function attempts_of_goal(o objects) returns integer language sql stable as $$
  select greatest(o.failures, coalesce(max(a.number), 0) - coalesce(max(a.number) filter (where a.generation < o.generation),
                                                                    min(a.number) - 1, 0))::integer
    from attempts a where a.object_id = o.id
$$;
