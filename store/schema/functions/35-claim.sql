-- What is disabled is passed by; but what it has under way must hear of it.
create or replace function is_passed_by(object bigint) returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from objects o where o.id = object and is_disabled(o) and o.lease_until is null and o.next_attempt_at is null);
end $$;

-- Claim the rows of the next objects, as a relay takes them: all of an object's, due or not, as one (design 3.3).
--
-- Temporal does what it was told in the order of its own queues, and what stands there first slows down all that comes
-- later, however urgent. So while much has been on its way for a while, only what is more urgent is told: what has to
-- wait, waits here. What is to stop an attempt (priority 1) never does. Eight of a synchronizer are much: measured, with
-- more nothing is done sooner, and what a person writes waits longer.
--
-- Asked again and again, on tables of which Postgres knows little as yet: planned once, and by indexes, which are right
-- for few and for many.
create or replace function claim_outbox(batch integer, most_looks integer)
returns table (id bigint, model text, synchronizer text, generation bigint, version bigint, stop boolean, has_changed boolean,
               rows bigint[], priority smallint, tries integer, cause jsonb, is_moot boolean, poller text,
               is_held boolean, foresight text, terms jsonb, is_idle boolean)
language plpgsql volatile set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
#variable_conflict use_column
begin
  -- The disk is not waited for: a claim that is lost with Postgres lets another relay tell the same.
  perform set_config('synchronous_commit', 'off', true);
  return query
  with recursive queues as (
    -- One step in an index for each that there is.
    select least((select min(b.queue) from outbox b where b.kind = 'object' and b.looks = 0),
                 (select min(b.queue) from outbox b where b.kind = 'object' and b.looks > 0)) as queue
    union all
    select least((select min(b.queue) from outbox b where b.kind = 'object' and b.looks = 0 and b.queue > q.queue),
                 (select min(b.queue) from outbox b where b.kind = 'object' and b.looks > 0 and b.queue > q.queue))
      from queues q where q.queue is not null
  ), turns as (
    -- Of what is disabled nothing but what is to stop: thousands may stand there, and are not walked past each time.
    select q.queue, case when s.disabled then null else q.queue end as living,
           case when s.disabled then 1 else greatest(1, coalesce(way.priority - 1, 5)) end as least_urgent,
           -- Of many synchronizers few each: a claim is not to last until it lapses.
           greatest(1, batch / (select greatest(1, count(queue)) from queues)) as share
      from queues q
      left join synchronizers s on s.name = q.queue
      left join lateral (
        -- On the way: claimed a quarter of a second ago, and its attempt has not begun. What takes longer than 5 s is not
        -- counted: whatever that waits for, others may not. They stand before what is next of the same urgency.
        select p.priority from generate_series(1, case when s.disabled then 0 else 5 end) p (priority)
          left join lateral (
            select b.id from outbox b
             where b.kind = 'object' and b.queue = q.queue and b.looks = 0 and b.priority = p.priority
               and b.due <= now() and (b.claimed_until is null or b.claimed_until < now()) and not is_passed_by(b.object_id)
             order by b.id limit 1) next on true
          join outbox b on b.kind = 'object' and b.queue = q.queue and b.looks = 0 and b.priority = p.priority
                       and b.id < coalesce(next.id, 9223372036854775807)
                       and b.claimed_until between now() + interval '25 seconds' and now() + interval '29.75 seconds'
         order by p.priority offset 7 limit 1) way on true
  ), due as (
    select d.object_id from turns t cross join lateral (
      select object_id from outbox b
       where b.kind = 'object' and b.queue = t.queue and b.looks = 0 and b.priority <= t.least_urgent
         and b.due <= now() and (b.claimed_until is null or b.claimed_until < now()) and not is_passed_by(b.object_id)
       order by b.priority, b.id limit t.share for update skip locked) d
    union all
    select d.object_id from turns t cross join lateral (
      select object_id from outbox b
       where b.kind = 'object' and b.queue = t.living and b.looks > 0
         and b.due <= now() and (b.claimed_until is null or b.claimed_until < now()) and not is_passed_by(b.object_id)
       order by b.due limit greatest(1, t.share / 4) for update skip locked) d
  ), theirs as (
    -- Skipping what another relay is claiming: else each would wait for the other.
    select b.id from outbox b
     where b.kind = 'object' and b.object_id = any (array(select object_id from due)) and (b.claimed_until is null or b.claimed_until < now())
       -- Of what waits for others still, what was set aside stays where it is, unless it is due.
       and not (b.looks > 0 and b.due > now() and exists (select 1 from waits w where w.waiter = b.object_id))
       for update skip locked
  ), claimed as (
    update outbox b set claimed_until = now() + interval '30 seconds' from theirs t where b.id = t.id
    returning b.id, b.object_id, b.reason, b.cause, b.priority, b.tries, b.looks, b.looks > 0 and b.due > now() as is_aside
  ), grouped as (
    select object_id, array_agg(id) as rows, bool_or(reason <> 'dependency') as has_changed,
           bool_or(reason <> 'dependency' and not is_aside) as is_due, min(cause) as cause, min(priority) as priority, max(tries) as tries, min(id) as first,
           -- A row that is new says something new.
           case when min(looks) > 0 then max(looks) else 0 end as looks, bool_or(is_aside) as was_aside
      from claimed group by object_id
  )
  select g.object_id as id, o.model, m.synchronizer, o.generation, o.version, coalesce(o.deleted or at_rest(o), false) as stop,
         g.has_changed, g.rows, g.priority, g.tries,
         case when c.id is null then null else jsonb_build_object('model', c.model, 'id', c.id) end as cause,
         o.id is null
           -- Should it have been found waiting, its workflow may be there, and ends by looking.
           or (not has_work(o) and (o.lease_until is null or o.lease_until < now())
               and not exists (select 1 from waits w where w.waiter = o.id))
           or (not g.is_due and exists (select 1 from waits w where w.waiter = o.id)) as is_moot,
         s.poller,
         is_unselected(o) and o.lease_until is null and o.next_attempt_at is null
           and not exists (select 1 from waits w where w.waiter = o.id) as is_held,
         case when (g.is_due or g.was_aside) and has_work(o) then foresight(o, g.looks, most_looks) else 'tell' end as foresight,
         m.traits -> 'terms' as terms,
         o.lease_until is null and o.next_attempt_at is null and o.failures = 0 and coalesce(o.outcome, 'synced') = 'synced'
           and not exists (select 1 from waits w where w.waiter = o.id) as is_idle
    from grouped g
    left join objects o on o.id = g.object_id
    left join models m on m.name = o.model
    left join objects c on c.id = g.cause
    left join selecting s on s.model = o.model and g.has_changed and has_work(o) and o.selected is distinct from o.generation
   order by g.priority, row_number() over (partition by m.synchronizer, g.priority order by g.first), g.first;
end $$;
