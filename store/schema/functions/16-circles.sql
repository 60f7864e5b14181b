-- Objects that depend on each other in a circle would wait for ever (design 3.6).

-- One of the shortest circles through an object, along these steps: its members in order. Null: there is none.
create or replace function shortest_circle(object bigint, froms bigint[], tos bigint[]) returns bigint[] language plpgsql immutable as $$
declare
  came jsonb := '{}';
  step jsonb;
  frontier bigint[] := array[object];
  circle bigint[];
  here bigint;
begin
  while frontier is not null and not came ? object::text loop
    select jsonb_object_agg(r.there, r.here), array_agg(r.there) into step, frontier from (
      select e.there, min(e.here) as here from unnest(froms, tos) e (here, there)
       where e.here = any (frontier) and not came ? e.there::text group by e.there) r;
    came := came || coalesce(step, '{}');
  end loop;
  here := (came ->> object::text)::bigint;
  if here is null then
    return null;
  end if;
  while here <> object loop
    circle := here || circle;
    here := (came ->> here::text)::bigint;
  end loop;
  return object || circle;
end $$;

-- A circle of live objects that depend on each other, this one among them. Cost: all that it depends on.
create or replace function circle_of(object bigint) returns bigint[] language plpgsql stable as $$
declare
  froms bigint[];
  tos bigint[];
begin
  with recursive seen (src, dst) as (
    select object, d.id from dependencies_of(object) d
    union
    select s.dst, d.id from seen s join objects o on o.id = s.dst and not o.deleted cross join lateral dependencies_of(s.dst) d
  )
  select array_agg(src), array_agg(dst) into froms, tos from seen;
  if object = any (tos) then
    return shortest_circle(object, froms, tos);
  end if;
  return null;
end $$;

-- A write has added edges of these objects, in statements before this one: does it close a circle? One writer at a
-- time looks: the later of two then sees what the earlier has written.
create or replace function closed_circle(ids bigint[]) returns bigint[] language plpgsql volatile as $$
declare
  circle bigint[];
begin
  perform pg_advisory_xact_lock(1635, 2);
  for i in 1 .. coalesce(cardinality(ids), 0) loop
    circle := circle_of(ids[i]);
    exit when circle is not null;
  end loop;
  return circle;
end $$;

-- `prepare` has committed what an object waits for: if that closes a circle in which something is only guessed, give
-- the guess up. Of two who find the same circle, both give up the same guess, so that the other one stays.
create or replace function break_guesses(object bigint) returns void language plpgsql volatile as $$
begin
  while exists (select 1 from waits w where w.guessed) loop
    with recursive ahead (id) as (
      select w.waited from waits w where w.waiter = object
      union
      select w.waited from ahead a join waits w on w.waiter = a.id
    ), closing as (
      select w.waiter, w.waited from waits w
       where w.guessed and (w.waiter = object or w.waiter in (select id from ahead))
         and (w.waited = object or w.waited in (select id from waiters_of(object)))
    ), ended as (
      delete from waits w using closing c
       where w.waiter = c.waiter and w.waited = c.waited and w.guessed and w.waiter = (select min(waiter) from closing)
      returning w.waiter, w.waited
    )
    insert into outbox (object_id, reason, cause) select waiter, 'dependency', min(waited) from ended group by waiter;
    exit when not found;
    perform pg_notify('accord_outbox', '');
  end loop;
end $$;
