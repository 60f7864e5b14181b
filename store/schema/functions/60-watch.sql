-- Watchers hear of every change of declarative and feedback state, whoever makes it: so a trigger tells them, and no
-- writer can forget to (design 3.9). It runs when the row is locked: the ids of the deliveries of one object, taken
-- from a sequence then, are in the order in which its changes commit.

-- A value as watchers compare it: what is absent, null or an empty list are all nothing.
create or replace function something(value jsonb) returns jsonb language sql immutable as $$
  select nullif(nullif(value, 'null'), '[]')
$$;

-- The fields in which two states differ, and what they were before.
create or replace function changes_between(was jsonb, now jsonb, out changed text[], out before jsonb) language sql immutable as $$
  select coalesce(array_agg(k order by k), '{}'),
         coalesce(jsonb_object_agg(k, coalesce(was -> k, 'null')) filter (where was ? k), '{}')
    from jsonb_object_keys(was || now) k
   where something(was -> k) is distinct from something(now -> k)
$$;

create or replace function fire_watchers() returns trigger language plpgsql as $$
declare
  object objects := coalesce(new, old);
  what text := tg_argv[0];
  was jsonb := '{}';
  became jsonb := '{}';
  change record;
begin
  if not exists (select 1 from watching w where w.model = object.model) then
    return null;
  end if;
  if what = 'updated' and new.deleted then
    what := 'deleted';
  end if;
  if what <> 'added' then
    was := old.declarative || old.feedback;
  end if;
  if what <> 'deleted' then
    became := object.declarative || object.feedback;
  end if;
  select * into change from changes_between(was, became);
  if what = 'updated' and change.changed = '{}' then
    return null;
  end if;
  with fired as (
    insert into deliveries (watcher, object_id, model, event, changed, before)
    select w.watcher, object.id, object.model, what, change.changed, change.before from watching w
     where w.model = object.model and (w.fields is null or w.fields && change.changed)
    returning watcher
  )
  insert into outbox (kind, subject, reason) select 'deliver', watcher, 'errand' from fired;
  if found then
    perform pg_notify('accord_outbox', '');
  end if;
  return null;
end $$;

create or replace trigger fire_added after insert on objects for each row execute function fire_watchers('added');
-- To be marked for deletion is the last that is told of an object.
create or replace trigger fire_updated after update of declarative, feedback, deleted on objects for each row
  when (not old.deleted
        and (new.deleted or old.declarative is distinct from new.declarative or old.feedback is distinct from new.feedback))
  execute function fire_watchers('updated');
create or replace trigger fire_removed after delete on objects for each row when (not old.deleted)
  execute function fire_watchers('deleted');

-- Spread what is watched over the registered models: a watched base is watched in all its descendants.
create or replace function refresh_watching() returns void language plpgsql volatile as $$
begin
  delete from watching;
  insert into watching (model, watcher, fields)
  select m.name, w.name, case when bool_and(x."into" is not null) then array_agg(distinct x."into") end
    from watchers w
   cross join jsonb_to_recordset(w.watched) as x (model text, "into" text)
    join models m on m.name = x.model or m.definition -> 'bases' ? x.model
   group by m.name, w.name;
  delete from deliveries d where not exists (select 1 from watchers w where w.name = d.watcher);
end $$;
