-- Objects that read each other and never settle (design 3.6): slowed down, and named.

-- A ripple: how many resyncs of readers stand between a change of a goal and what an object has done last. In whatever
-- reads in one direction it is bounded, and the same each time. Where it grows here again and again, and what has
-- changed reads this object in its turn, the change comes from here: so each round is let wait longer.
create or replace function swing_of(o objects, changed bigint[], out ripple integer, out swings integer, out rival bigint, out delay interval)
language plpgsql stable as $$
begin
  select d.id, d.ripple into rival, ripple from objects d where d.id = any (changed) order by d.ripple desc, d.id limit 1;
  ripple := coalesce(ripple, 0) + 1;
  if ripple <= o.ripple or not reads_back(rival, o.id) then
    swings := 0;
    rival := null;
    return;
  end if;
  swings := o.swings + 1;
  if is_fight(swings) then
    delay := least(power(2, swings - 4), 600) * interval '1 second';
  end if;
end $$;

-- A few rounds are what it may well take to settle.
create or replace function is_fight(swings integer) returns boolean language sql immutable as $$ select swings >= 4 $$;

-- Does the one read the other, directly or by what it reads?
create or replace function reads_back(reader bigint, wanted bigint) returns boolean language sql stable as $$
  with recursive seen (id) as (
    select $1
    union
    select u.id from seen s cross join lateral (
      select r.target from reads r where r.reader = s.id
      union select unnest(x.ids) from searches x where x.reader = s.id) u (id)
  )
  select $1 = wanted or exists (
    select 1 from seen s join reads r on r.reader = s.id where r.target = wanted
    union all select 1 from seen s join searches x on x.reader = s.id where x.ids @> array[wanted])
$$;

create or replace function fight_text(o objects) returns text language sql stable as $$
  select case when o.rival = o.id then 'Fighting with itself: it changes what it reads'
              else 'Fighting with ' || coalesce((select d.model || '/' || d.id from objects d where d.id = o.rival), 'what is gone')
                   || ': each changes what the other reads' end
   where is_fight(o.swings) and has_work(o)
$$;

-- A goal has changed: whoever fought, this is another round.
create or replace function calm_down() returns trigger language plpgsql as $$
begin
  new.ripple := 0;
  new.swings := 0;
  new.rival := null;
  return new;
end $$;

create trigger calm_down before update of version on objects for each row
  when (old.version <> new.version) execute function calm_down();
