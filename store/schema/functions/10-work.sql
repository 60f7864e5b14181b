-- Has the object changed since its model's policies last answered?
create or replace function policed_behind(o objects) returns boolean language sql immutable as $$
  select o.has_policy and not o.no_policy and not o.backend_need_reap and (o.policed is null or o.policed < o.version)
$$;

-- Is there something to do for this object? The one answer that prepare, the attempt, the relay and the sweep share.
-- A model without a step has nothing to do but to be removed: its writes are clean at once.
create or replace function has_work(o objects) returns boolean language sql immutable as $$
  select o.deleted or (not o.no_sync and (o.enacted is null or o.enacted < o.generation)) or policed_behind(o)
$$;

-- Does this object hold back those that depend on it?
create or replace function holds(o objects) returns boolean language sql immutable as $$
  select not o.deleted and not o.no_sync and (o.enacted is null or o.enacted < o.generation or policed_behind(o))
$$;

-- The pause that applies to an object: its own, its model's, or its synchronizer's. Null: none.
create or replace function pause_of(o objects) returns pauses language sql stable as $$
  select p from pauses p
   where (p.until is null or p.until > clock_timestamp())
     and ((p.scope = 'object' and p.name = o.id::text) or (p.scope = 'model' and p.name = o.model)
          or (p.scope = 'synchronizer' and p.name = (select m.synchronizer from models m where m.name = o.model)))
   order by p.since limit 1
$$;

-- These are asked at every turn of an object's life. As PL/pgSQL their plans are kept by each connection; an SQL
-- function with a subquery is planned anew by each statement that calls it.
create or replace function is_paused(o objects) returns boolean language plpgsql stable as $$
begin
  return exists (select 1 from pauses) and (pause_of(o)).scope is not null;
end $$;

create or replace function is_disabled(o objects) returns boolean language plpgsql stable as $$
begin
  return coalesce((select s.disabled or not m.living from models m join synchronizers s on s.name = m.synchronizer
                    where m.name = o.model), false);
end $$;

-- Is this object only pretended, by its own wish or its synchronizer's?
create or replace function pretends(o objects) returns boolean language plpgsql stable as $$
begin
  return o.pretend
      or coalesce((select s.pretend from models m join synchronizers s on s.name = m.synchronizer where m.name = o.model), false);
end $$;

-- Does its step choose what is due, and has not chosen this generation of the object? No choice is needed by what is
-- removed without the step, since no attempt ever began, by what only waits to be reaped, and for the policies.
create or replace function is_unselected(o objects) returns boolean language plpgsql stable as $$
begin
  return o.selected is distinct from o.generation and not policed_behind(o)
     and not o.backend_need_reap and (o.backend_need_delete or not o.deleted)
     and exists (select 1 from selecting s where s.model = o.model);
end $$;

-- Held by something that also stops a running attempt.
-- Never null: to whoever asks «not», null would be a yes.
create or replace function is_stopped(o objects) returns boolean language sql stable as $$
  select (o.outcome is not distinct from 'stalled' and o.outcome_generation is not distinct from o.generation)
      or (o.deleted and o.no_sync and o.backend_need_delete and not o.backend_need_reap and not policed_behind(o))
      or (o.pretended is not distinct from o.generation and pretends(o) and not policed_behind(o))
      or is_paused(o)
      or is_disabled(o)
$$;

-- Held by something whose end puts the object into the outbox: its workflow need not stay.
create or replace function at_rest(o objects) returns boolean language sql stable as $$
  select is_stopped(o) or is_unselected(o)
$$;

-- What an object depends on: what its own links lead to, as far as they count, and its edges.
create or replace function dependencies_of(object bigint) returns table (id bigint) language sql stable as $$
  select l.dst from links l where l.src = object and l.counts and l.dst <> object
  union
  select e.dst from edges e where e.src = object and e.dst <> object
$$;

-- Who depends on it.
create or replace function dependents_of(object bigint) returns table (id bigint) language sql stable as $$
  select l.src from links l where l.dst = object and l.counts and l.src <> object
  union
  select e.src from edges e where e.dst = object and e.src <> object
$$;

-- Who waits for it, directly or through others.
create or replace function waiters_of(object bigint) returns table (id bigint) language sql stable as $$
  with recursive behind (id) as (
    select w.waiter from waits w where w.waited = object
    union
    select w.waiter from behind b join waits w on w.waited = b.id
  )
  select b.id from behind b
$$;

-- Where a dependency cannot be evaluated, any object of that model may be meant: each that holds counts, ten at a time.
-- Not itself, and not what already waits for it: a circle that only guesses close would wait for ever.
create or replace function guesses(o objects) returns table (id bigint) language plpgsql stable as $$
declare
  names text[];
  behind bigint[];
begin
  select array_agg(distinct x.name) into names
    from models m cross join lateral jsonb_array_elements(m.dependencies) d
   cross join lateral unnest(leaves_of(d ->> 'destModel')) x (name)
   where m.name = o.model and d ->> 'kind' = 'conservative';
  if names is null or o.deleted then
    return;
  end if;
  behind := array(select w.id from waiters_of(o.id) w);
  return query
    select g.id from unnest(names) m (name) cross join lateral (
      select d.id from objects d
       where d.model = m.name and d.id <> o.id and d.id <> all (behind) and holds(d)
         -- Said once more, so that an index serves it.
         and (d.enacted is null or d.enacted < d.generation or d.deleted
              or (d.has_policy and (d.policed is null or d.policed < d.version)))
         and not (d.pretended is not distinct from d.generation and pretends(o))
       order by d.id limit 10) g
     where not exists (select 1 from dependencies_of(o.id) k where k.id = g.id)
     order by g.id limit 10;
end $$;

-- What keeps an object from being acted on now.
-- A live object waits for its live dirty dependencies. A deleted one waits for its dependents: live ones by goal
-- or by what the back end may still use, deleted ones by the latter alone (what they never attempted binds nothing).
create or replace function blockers(o objects) returns table (id bigint, kind text, guessed boolean) language sql stable as $$
  select d.id, 'creation', false
    from dependencies_of(o.id) u join objects d on d.id = u.id
   where not o.deleted and holds(d)
     -- To who pretends, what was pretended is there.
     and not (d.pretended is not distinct from d.generation and pretends(o))
  union all
  select g.id, 'creation', true from guesses(o) g
  union all
  (select x.id, 'deletion', false
     from (select h.src from held h where h.dst = o.id
           union
           select s.id from dependents_of(o.id) u join objects s on s.id = u.id where not s.deleted) u
     join objects x on x.id = u.src
    where o.deleted and x.id <> o.id
      and not (x.deleted and x.pretended is not distinct from x.generation and pretends(o))
    order by x.id limit 10)
$$;

-- Does what it was found to wait for keep it still? Of many that may, `blockers` names the first: so each is asked for.
create or replace function still_blocks(o objects, w waits) returns boolean language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  if w.kind = 'deletion' then
    return o.deleted and exists (
      select 1 from objects x
       where x.id = w.waited and not (x.deleted and x.pretended is not distinct from x.generation and pretends(o))
         and (exists (select 1 from held h where h.src = x.id and h.dst = o.id)
              or (not x.deleted and x.id in (select u.id from dependents_of(o.id) u))));
  end if;
  return not o.deleted and exists (
    select 1 from objects d
     where d.id = w.waited and holds(d) and not (d.pretended is not distinct from d.generation and pretends(o))
       and (d.id in (select u.id from dependencies_of(o.id) u)
            or w.guessed and exists (
                 select 1 from models m cross join lateral jsonb_array_elements(m.dependencies) e
                  where m.name = o.model and e ->> 'kind' = 'conservative' and d.model = any (leaves_of(e ->> 'destModel')))));
end $$;

-- What a relay does with a change of an object (design 3.3): `tell` its workflow; `look` first what it needs; leave it
-- to `wait`, which it has been found to do; or it was `forgotten`: what it waits for holds it no longer, and whoever
-- ended that should have told it. `looks`: how often it has been set aside.
-- Where an attempt may have to hear of it, be it one that is being put off, it is told. So is what waits for something
-- that will not come soon, being put off, held, or long at work: its workflow shows it.
-- Asked for every claim: planned anew each time, it would cost more than all the rest of a claim.
create or replace function foresight(o objects, looks integer, most integer) returns text
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
  if looks > 0 then
    if exists (select 1 from waits w where w.waiter = o.id and not still_blocks(o, w)) then
      return 'forgotten';
    end if;
  end if;
  if o.lease_until is not null or o.next_attempt_at is not null or o.failures > 0
     or coalesce(o.outcome, 'synced') <> 'synced' or at_rest(o) then
    return 'tell';
  end if;
  -- What its author has to say comes before all that it waits for.
  if looks = 0 or policed_behind(o) or not is_evaluated(o) or not exists (select 1 from waits w where w.waiter = o.id) then
    return 'look';
  end if;
  return case when looks >= most or exists (
           select 1 from waits w join objects d on d.id = w.waited
            where w.waiter = o.id and (d.next_attempt_at is not null or at_rest(d) or (looks > 1 and d.lease_until > now())))
         then 'tell' else 'wait' end;
end $$;

-- Put an object into the outbox; relays wake when the transaction commits. They need not look for errands, too.
create or replace function tell(object bigint, why text, urgency smallint) returns void language sql volatile as $$
  insert into outbox (object_id, reason, priority) values (object, why, urgency);
  select pg_notify('accord_outbox', 'objects');
$$;

-- Which queue it stands in. What is no more stands in none, and is forgotten by whoever claims it.
create or replace function find_queue() returns trigger language plpgsql as $$
begin
  new.queue := coalesce((select m.synchronizer from objects o join models m on m.name = o.model where o.id = new.object_id), '');
  return new;
end $$;

create or replace trigger find_queue before insert on outbox for each row when (new.kind = 'object')
  execute function find_queue();

-- Whoever gives an object something to do, says when: the sweep leaves alone what has changed just now.
create or replace function note_time() returns trigger language plpgsql as $$
begin
  new.updated := now();
  return new;
end $$;

create or replace trigger note_time before update of generation on objects for each row
  when (old.generation <> new.generation) execute function note_time();
