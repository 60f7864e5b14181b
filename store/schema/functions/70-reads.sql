-- What a step read, and who is to look again when that has changed (design 3.6).
--
-- Both sides look after their own commit. A change of D leaves the errand «readers of D»; an outcome of X that read
-- something leaves «verify X»; the relay runs both once they are committed. Whichever of the two transactions commits
-- second, its errand sees what the first has written. Neither needs a lock for that.

-- A model's own name and those of its bases; the other way round, its own and those of its descendants.
create or replace function bases_of(its_model text) returns text[] language sql stable as $$
  select array_agg(b.name order by b.name) from models m, models b
   where m.name = its_model and (b.name = m.name or m.definition -> 'bases' ? b.name)
$$;
create or replace function leaves_of(its_model text) returns text[] language sql stable as $$
  select array_agg(m.name order by m.name) from models m where m.name = its_model or m.definition -> 'bases' ? its_model
$$;

-- The ids of the live objects of a model and its descendants that have these values; what `find` returns.
-- With a link among the values, only what links there is looked at.
create or replace function found(wanted text, predicate jsonb) returns bigint[] language plpgsql stable as $$
declare
  linked numeric;
  leaves text[] := leaves_of(wanted);
begin
  select (p.value ->> 'id')::numeric into linked from jsonb_each(predicate) p
   where jsonb_typeof(p.value) = 'object' and jsonb_typeof(p.value -> 'id') = 'number' order by p.key limit 1;
  return coalesce((
    select array_agg(f.id order by f.id) from (
      select o.id from objects o
       where o.model = any (leaves) and not o.deleted and (o.declarative || o.feedback) @> predicate
         and (linked is null or o.id in (select l.src from links l where l.dst = linked))
       order by o.id limit 1000) f), '{}');
end $$;

-- By what a search is found again: one value that all have which it finds, or, without one, its model alone.
create or replace function search_key(model text, field text, value jsonb) returns text language sql immutable as $$
  select md5(concat_ws(' ', model, field, value::text))
$$;

-- The most telling value of a search: a link, else the longest text. Lists are matched in part, so they tell nothing.
create or replace function key_of(model text, predicate jsonb) returns text language sql stable as $$
  select coalesce((
    select search_key(model, p.key, p.value) from jsonb_each(predicate) p
     where jsonb_typeof(p.value) not in ('object', 'array') or p.value = jsonb_build_object('model', p.value -> 'model', 'id', p.value -> 'id')
     order by jsonb_typeof(p.value) = 'object' desc, length(p.value::text) desc, p.key limit 1),
    search_key(model, null, null))
$$;

-- Every key that a search may have which finds this object.
create or replace function keys_of(o objects) returns text[] language sql stable as $$
  select array_agg(search_key(m.name, v.key, v.value))
    from unnest(bases_of(o.model)) m (name)
   cross join (select null::text as key, null::jsonb as value
               union all select e.key, e.value from jsonb_each(o.declarative || o.feedback) e) v
$$;

-- The fields and links of an object with their values, as authors see them: what it lacks is filled in.
create or replace function fields_of(o objects) returns table (field text, value jsonb) language sql stable as $$
  select f.it ->> 'name',
         coalesce((case when f.it ->> 'state' = 'feedback' then o.feedback else o.declarative end) -> (f.it ->> 'name'),
                  f.it -> 'default', case when f.it ->> 'repeated' = 'true' then '[]' else 'null' end::jsonb)
    from models m, jsonb_array_elements(m.definition -> 'fields') f (it) where m.name = o.model
  union all
  select l.it ->> 'name',
         coalesce(o.declarative -> (l.it ->> 'name'), case when l.it ->> 'kind' = 'manytomany' then '[]' else 'null' end::jsonb)
    from models m, jsonb_array_elements(m.definition -> 'links') l (it) where m.name = o.model
$$;

-- Store what an attempt looked at, in place of what the one before did. The caller holds the reader's row.
create or replace function store_reads(object bigint, code text, fields jsonb, finds jsonb) returns void language plpgsql volatile as $$
begin
  delete from reads where reader = object and by = code;
  delete from searches where reader = object and by = code;
  if fields = '[]' and finds = '[]' then
    return;
  end if;
  perform announce_reading(n.name) from (
    select x.model as name from jsonb_to_recordset(fields) as x (model text)
    union select x.model from jsonb_to_recordset(finds) as x (model text)) n order by n.name;
  insert into reads (reader, by, target, field, digest)
  select distinct object, code, x.target, x.field, md5(coalesce(x.value, 'null')::text)
    from jsonb_to_recordset(fields) as x (target bigint, field text, value jsonb);
  insert into searches (reader, by, model, predicate, key, ids)
  select distinct object, code, x.model, x.predicate, key_of(x.model, x.predicate), x.ids
    from jsonb_to_recordset(finds) as x (model text, predicate jsonb, ids bigint[]);
  insert into outbox (kind, object_id, reason, priority) values ('verify', object, 'errand', 4);
  perform pg_notify('accord_outbox', '');
end $$;

-- Has any step read objects of this model, by its name or a base's?
create or replace function is_read(its_model text) returns boolean language sql stable as $$
  select exists (select 1 from models b where b.is_read and b.name = any (bases_of(its_model)))
$$;

-- From now on changes of this model's objects are told. Writers that saw «nobody reads it» hold the same lock shared
-- until they commit, so none is under way when this goes on: what they wrote, «verify» sees.
create or replace function announce_reading(its_model text) returns void language plpgsql volatile as $$
begin
  if exists (select 1 from models m where m.name = its_model and m.is_read) then
    return;
  end if;
  perform pg_advisory_xact_lock(1634, hashtext(its_model));
  update models set is_read = true where name = its_model;
end $$;

-- An object has changed: leave the errand «readers of» it, unless nobody ever read its model.
create or replace function tell_readers() returns trigger language plpgsql volatile as $$
begin
  if not is_read(new.model) then
    perform pg_advisory_xact_lock_shared(1634, hashtext(name)) from unnest(bases_of(new.model)) b (name);
    if not is_read(new.model) then
      return null;
    end if;
  end if;
  insert into outbox (kind, object_id, reason) values ('readers', new.id, 'errand');
  perform pg_notify('accord_outbox', '');
  return null;
end $$;

create trigger readers_of_new after insert on objects for each row execute function tell_readers();
create trigger readers_of_changed after update of declarative, feedback, deleted on objects for each row
  when (old.declarative <> new.declarative or old.feedback <> new.feedback or old.deleted <> new.deleted)
  execute function tell_readers();

-- Make the readers of an object look again: those for which something there is not what they saw, a hundred at a time.
-- Returns the last of them; null when there are no more.
create or replace function resync_readers(object bigint, behind bigint) returns bigint
language plpgsql volatile set lock_timeout = '1s' as $$
declare
  o objects;
  bases text[];
  ids bigint[];
begin
  select * into o from objects x where x.id = object;
  bases := bases_of(o.model);
  with now as materialized (
    select f.field, md5(f.value::text) as digest from fields_of(o) f
  ), candidates as (
    select r.reader from now n join reads r on r.target = object and r.field = n.field and r.digest <> n.digest
    union
    select s.reader from searches s
     where s.ids @> array[object]
       and (o.id is null or o.deleted or not (o.declarative || o.feedback) @> s.predicate)
    union
    select s.reader from searches s
     where s.key = any (keys_of(o)) and not s.ids @> array[object]
       and not o.deleted and s.model = any (bases) and (o.declarative || o.feedback) @> s.predicate
  )
  select coalesce(array_agg(c.reader order by c.reader), '{}') into ids
    from (select reader from candidates where reader > behind order by reader limit 100) c;
  perform verify_reads(id) from unnest(ids) as u (id);
  return ids[cardinality(ids)];
end $$;

-- Is all that an object read still as it saw it? If not, there is something to act on: a new generation, once for each
-- change. Its failures go on counting; a backoff or a deferral ends.
create or replace function verify_reads(object bigint) returns boolean
language plpgsql volatile set lock_timeout = '1s' as $$
declare
  o objects;
  looked text[];
  culprits bigint[];
  swing record;
begin
  select * into o from objects where id = object for no key update;
  if not found or o.backend_need_reap or not has_step(o.model) then
    return false;
  end if;
  -- Code that is at it now, or will be before long, looks anyway; what comes of that is verified in its turn. So for
  -- the step with an attempt under way or ahead, and for dependsOn where it has not answered for this generation.
  looked := array_remove(array[
    case when o.enacted = o.generation or (o.no_sync and not o.deleted)
           or (o.outcome_generation = o.generation and (o.lease_until is null or o.lease_until < clock_timestamp()))
         then 'step' end,
    case when o.evaluated = o.generation or (o.outcome_generation = o.generation and o.outcome_code = 'dependsOn')
         then 'dependsOn' end], null);

  with changed as (
    update reads r set digest = md5(f.value::text)
      from objects d cross join lateral fields_of(d) f
     where r.reader = object and r.by = any (looked) and d.id = r.target and f.field = r.field and md5(f.value::text) <> r.digest
    returning r.target
  ), moved as (
    update searches s set ids = n.ids
      from (select x.ctid as at, x.ids as old, found(x.model, x.predicate) as ids from searches x
             where x.reader = object and x.by = any (looked)) n
     where s.ctid = n.at and n.ids <> n.old
    returning n.old, n.ids
  )
  select array_agg(target) into culprits from (
    select target from changed
    union
    select u.id from moved m cross join lateral (
      (select unnest(m.old) except select unnest(m.ids)) union all (select unnest(m.ids) except select unnest(m.old))) u (id)) c;
  if culprits is null then
    return false;
  end if;

  select * into swing from swing_of(o, culprits);
  update objects
     set generation = generation + 1, ripple = swing.ripple, swings = swing.swings, rival = swing.rival,
         next_attempt_at = case when swing.delay is not null then clock_timestamp() + swing.delay end
   where id = object;
  perform tell(object, 'changed', 4::smallint);
  return true;
end $$;
