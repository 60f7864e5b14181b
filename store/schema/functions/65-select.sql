-- Record what a step chose (fetchPending), as one of those objects was seen: [{"id", "deleted", "generation", "dirty"}],
-- the latter two null when nobody has looked. First the objects, then, in a later statement, their outbox rows.
-- False: another has asked the step since.
create or replace function record_selection(poller_name text, my_fence bigint, asked_at timestamptz, chosen jsonb, problem text)
returns boolean language plpgsql volatile as $$
declare
  poller pollers;
  woken bigint[];
begin
  update pollers p
     set due = clock_timestamp() + p.every_ms * interval '1 millisecond', fault = problem
   where p.name = poller_name and p.fence = my_fence
  returning * into poller;
  if not found then
    return false;
  end if;
  perform 1 from objects o join jsonb_to_recordset(chosen) as c (id bigint) on c.id = o.id order by o.id for no key update of o;
  with seen as (
    select o.id, c.generation, o.generation = o.enacted and not o.deleted as clean,
           -- Clean when it was seen: to choose it is to want it synchronized again.
           coalesce(not c.dirty, o.outcome_at is null or o.outcome_at < asked_at) as was_clean
      from jsonb_to_recordset(chosen) as c (id bigint, deleted boolean, generation bigint, dirty boolean)
      join objects o on o.id = c.id and o.deleted = c.deleted and not o.no_sync
      join selecting s on s.model = o.model and s.poller = poller_name
     -- What has changed since is chosen, or not, when the step is asked again.
     where c.generation is null or c.generation = o.generation
  ), changed as (
    update objects o
       set generation = o.generation + case when seen.clean then 1 else 0 end,
           selected = o.generation + case when seen.clean then 1 else 0 end
      from seen
     where o.id = seen.id and case when seen.clean then seen.was_clean else o.selected is distinct from o.generation end
    returning o.id
  )
  select coalesce(array_agg(id), '{}') into woken from changed;
  perform tell(id, 'changed', 4::smallint) from unnest(woken) id;
  perform tell_errand('select', poller_name, poller.due);
  return true;
end $$;

-- Hold the objects of these models until the step has chosen them; let go of those that are held no longer.
create or replace function register_pollers(its_synchronizer text, wanted jsonb) returns void language plpgsql volatile as $$
declare
  freed text[];
begin
  insert into pollers (name, synchronizer, every_ms)
  select x.name, its_synchronizer, x."everyMs" from jsonb_to_recordset(wanted) as x (name text, "everyMs" bigint)
  on conflict (name) do update set every_ms = excluded.every_ms;
  with gone as (
    delete from selecting s using pollers p
     where p.name = s.poller and p.synchronizer = its_synchronizer
       and not exists (select 1 from jsonb_to_recordset(wanted) as x (models jsonb) where x.models ? s.model)
    returning s.model
  )
  select coalesce(array_agg(model), '{}') into freed from gone;
  insert into selecting (model, poller)
  select m.value, x.name from jsonb_to_recordset(wanted) as x (name text, models jsonb)
   cross join jsonb_array_elements_text(x.models) m
  on conflict (model) do update set poller = excluded.poller;
  delete from pollers p
   where p.synchronizer = its_synchronizer
     and not exists (select 1 from jsonb_to_recordset(wanted) as x (name text) where x.name = p.name);
  -- An errand looks for them when this is committed: what is written and passed by until then is found as well.
  perform tell_errand('release', 'model:' || model) from unnest(freed) model;
end $$;

-- What is wrong with a synchronizer: `select s.name, s.fault from synchronizers s`. Null: nothing.
create or replace function fault(s synchronizers) returns text language sql stable as $$
  select string_agg(p.fault, e'\n' order by p.name) from pollers p where p.synchronizer = s.name and p.fault is not null
$$;
