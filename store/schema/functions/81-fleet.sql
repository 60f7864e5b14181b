-- The states of all objects that have work, for those who count or filter them: what object_states says of each, found
-- the other way round, from what is waited for to who waits, so that a long chain costs its length and not its square.
create or replace function unsettled_states()
returns table (id bigint, model text, state text, backend_code integer, root bigint) language sql stable as $$
  with recursive busy as materialized (
    select o.id, o.model, o.deleted, own_state(o) as own, exists (select 1 from waits w where w.waiter = o.id) as waits
      from objects o
     where has_work(o)
       -- Said once more, so that an index serves it.
       and (o.enacted is null or o.enacted < o.generation or o.deleted
            or (o.has_policy and (o.policed is null or o.policed < o.version)))
  ),
  ends as materialized (
    select d.id, coalesce(b.own in ('Error', 'Stalled'), false) as failed
      from (select distinct w.waited as id from waits w) d join objects x on x.id = d.id left join busy b on b.id = d.id
     where not exists (select 1 from waits w where w.waiter = d.id)
  ),
  blocked (id, root) as (
    select w.waiter, e.id from ends e join waits w on w.waited = e.id where e.failed
    union
    select w.waiter, b.root from blocked b
     cross join lateral (select w.waiter from waits w where w.waited = b.id offset 0) w
  ),
  waiting (id) as (
    select w.waiter from ends e join waits w on w.waited = e.id
    union
    select w.waiter from waiting b cross join lateral (select w.waiter from waits w where w.waited = b.id offset 0) w
  ),
  causes as materialized (select b.id, min(b.root) as root from blocked b group by b.id),
  -- Who waits, and for nobody who could go on: circles, and what waits for one.
  stuck as materialized (
    select s.* from object_states((select array_agg(b.id) from busy b
                                    where b.waits and not exists (select 1 from waiting w where w.id = b.id))) s
  )
  select b.id, b.model,
         coalesce(s.state, case when w.id is null then b.own when b.deleted then 'Deleting' else 'Waiting' end),
         coalesce(s.backend_code, case when c.id is not null or (w.id is null and b.own in ('Error', 'Stalled')) then 2
                                       when w.id is null and b.own in ('Synced', 'Not managed') then 1 else 0 end),
         coalesce(s.root, c.root)
    from busy b left join waiting w on w.id = b.id left join causes c on c.id = b.id left join stuck s on s.id = b.id
$$;
