-- Synchronize an object again although nothing of it has changed: with a fresh failure count, at once.
-- Ends a backoff, a deferral, a stall and a fight.
create or replace function resync(object bigint, urgency smallint) returns void language plpgsql volatile as $$
begin
  update objects
     set generation = generation + 1, failures = 0, next_attempt_at = null, ripple = 0, swings = 0, rival = null
   where id = object;
  perform tell(object, 'changed', urgency);
end $$;

-- How often clean objects of this model are synchronized again, a tenth more or less, so that not all come at once.
-- Null: not at all.
create or replace function resync_delay(its_model text) returns interval language plpgsql volatile as $$
begin
  return (select (m.traits ->> 'resyncEveryMs')::float8 * (0.9 + 0.2 * random()) * interval '1 millisecond'
            from models m where m.name = its_model);
end $$;

-- Resync what is due of it: clean objects that are managed and not held. Whatever else is due comes round another time.
-- Returns how long until the next may be due; null when no step asks for it.
create or replace function resync_due(most integer) returns double precision language plpgsql volatile as $$
declare
  ids bigint[];
begin
  select array_agg(d.id) into ids from (
    select o.id from objects o where o.resync_at <= now() order by o.resync_at limit most for no key update skip locked) d;
  perform resync(o.id, 5::smallint) from objects o
    where o.id = any (ids) and not has_work(o) and not o.no_sync and not is_stopped(o) and resync_delay(o.model) is not null;
  update objects set resync_at = now() + resync_delay(model) where id = any (ids);
  return (
    select greatest(extract(epoch from least(
             (select min(o.resync_at) from objects o where o.resync_at is not null) - clock_timestamp(),
             min((m.traits ->> 'resyncEveryMs')::float8) * 0.9 * interval '1 millisecond')), 0) * 1000
      from models m where m.traits ? 'resyncEveryMs' having count(*) > 0);
end $$;

-- A registration has said, in a statement before this one, how often a model's objects are to be synchronized again:
-- those that are there begin spread over that time.
create or replace function schedule_resyncs(its_model text) returns void language sql volatile as $$
  update objects o set resync_at = now() + random() * (t.every * interval '1 millisecond')
    from (select (m.traits ->> 'resyncEveryMs')::float8 as every from models m where m.name = its_model) t
   where o.model = its_model and not o.deleted
     and ((o.resync_at is null) <> (t.every is null) or o.resync_at > now() + t.every * interval '1.1 milliseconds')
$$;
