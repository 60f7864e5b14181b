-- Models that change (design 3.1): all of this within a registration, which holds the models' rows.

-- A model's step has come or gone, in a statement before this one. What it never saw is new to a step that came; with
-- nobody left to act on them, objects are at once what they should be.
create or replace function adopt_step(its_model text) returns void language plpgsql volatile as $$
declare
  ids bigint[];
begin
  with adopted as (
    update objects o
       set generation = generation + case when has_step(its_model) and not deleted then 1 else 0 end,
           enacted = case when needs_nobody(its_model, o.no_policy) then generation else enacted end,
           failures = 0, next_attempt_at = null, updated = now()
     where o.model = its_model returning o.id
  )
  select coalesce(array_agg(id), '{}') into ids from adopted;
  perform release_waiters(w.waited) from (select distinct waited from waits where waited = any (ids)) w;
  insert into outbox (object_id, reason, priority)
  select o.id, 'changed', 5 from objects o where o.id = any (ids) and has_work(o);
  perform pg_notify('accord_outbox', '');
end $$;

-- A step says itself what its objects depend on from now on, or does so no longer, as of a statement before this one:
-- what it said is forgotten, or it is asked for each. Who is about to store what it said holds its object: lock, then look.
create or replace function adopt_depends_on(its_model text) returns void language plpgsql volatile as $$
declare
  ids bigint[];
begin
  perform 1 from objects o where o.model = its_model and not o.deleted order by o.id for no key update;
  if evaluates(its_model) then
    ids := array(select o.id from objects o where o.model = its_model and not o.deleted and not o.no_sync order by o.id);
  else
    with forgotten as (
      delete from edges e using objects o
       where o.id = e.src and o.model = its_model and not o.deleted and e.kind = 'author' returning e.src
    )
    select coalesce(array_agg(distinct src), '{}') into ids from forgotten;
    delete from reads r using objects o where o.id = r.reader and o.model = its_model and r.by = 'dependsOn';
    delete from searches s using objects o where o.id = s.reader and o.model = its_model and s.by = 'dependsOn';
    update objects set evaluated = null where model = its_model and not deleted and evaluated is not null;
  end if;
  perform redirect(ids);
end $$;

-- A synchronizer brings a model no longer. Another that brings it too takes it over, without step and policy; without
-- another, objects keep it alive, held until somebody brings it again; else it goes.
create or replace function retire_model(its_model text, by_synchronizer text) returns text language plpgsql volatile as $$
declare
  heir text;
begin
  -- Who creates an object share-locks this row: lock it, then, in a later statement, look for objects.
  perform 1 from models m where m.name = its_model for update;
  select s.name into heir from synchronizers s
   where s.name <> by_synchronizer and its_model = any (s.brings) order by s.name limit 1;
  if heir is not null then
    update models set synchronizer = heir, has_step = false, has_policy = false, traits = '{}', revision = revision + 1
     where name = its_model;
    perform adopt_depends_on(its_model);
    perform adopt_step(its_model);
    perform adopt_policy(its_model);
    return 'handed to ' || heir;
  end if;
  if exists (select 1 from objects o where o.model = its_model) then
    update models set living = false, revision = revision + 1 where name = its_model and living;
    if found then
      perform stop_covered('model', its_model);
    end if;
    return 'held';
  end if;
  delete from pauses where scope = 'model' and name = its_model;
  delete from models where name = its_model;
  return 'removed';
end $$;

-- Bring stored values into the form that the fields have now: a link that was to one is to many or the other way
-- round, a field that people wrote is a step's now or the other way round. Nothing is lost.
create or replace function reshape(its_model text, to_many text[], to_one text[], to_feedback text[], to_declarative text[])
returns void language sql volatile as $$
  update objects o
     set declarative = (o.declarative - to_feedback) || moved.up || links.wrapped || links.unwrapped,
         feedback = (o.feedback - to_declarative) || moved.down
    from objects x
   cross join lateral (
     select coalesce((select jsonb_object_agg(f, x.feedback -> f) from unnest(to_declarative) f where x.feedback ? f), '{}') as up,
            coalesce((select jsonb_object_agg(f, x.declarative -> f) from unnest(to_feedback) f where x.declarative ? f), '{}') as down
   ) moved
   cross join lateral (
     select coalesce((select jsonb_object_agg(f, case jsonb_typeof(x.declarative -> f) when 'null' then '[]' else jsonb_build_array(x.declarative -> f) end)
                        from unnest(to_many) f where x.declarative ? f and jsonb_typeof(x.declarative -> f) <> 'array'), '{}') as wrapped,
            coalesce((select jsonb_object_agg(f, coalesce(x.declarative -> f -> 0, 'null'))
                        from unnest(to_one) f where jsonb_typeof(x.declarative -> f) = 'array' and jsonb_array_length(x.declarative -> f) <= 1), '{}') as unwrapped
   ) links
   where o.model = its_model and x.id = o.id
$$;

-- Make the links of a model's objects anew from their goals: some of its link fields have come, gone or changed.
create or replace function rebuild_links(its_model text, fields text[]) returns void language plpgsql volatile as $$
declare
  wanted links[];
  gone links[];
begin
  select coalesce(array_agg((o.id, f, (r ->> 'id')::bigint, link_counts(its_model, f))::links), '{}') into wanted
    from objects o cross join unnest(fields) f
   cross join lateral jsonb_array_elements(
     case jsonb_typeof(o.declarative -> f)
       when 'array' then o.declarative -> f when 'object' then jsonb_build_array(o.declarative -> f) else '[]' end) r
     -- What the back end has let go of has no links any more.
   where o.model = its_model and not o.backend_need_reap;
  select coalesce(array_agg(l), '{}') into gone
    from links l join objects o on o.id = l.src
   where o.model = its_model
     and not exists (select 1 from unnest(wanted) w where (w.src, w.field, w.dst) = (l.src, l.field, l.dst));
  -- Who adds a link, or takes one away, locks its target, and looks afterwards (design 3.8).
  perform 1 from objects t where t.id in (select x.dst from unnest(wanted || gone) x) order by t.id for key share;
  delete from links l using unnest(gone) g where (l.src, l.field, l.dst) = (g.src, g.field, g.dst);
  insert into links (src, field, dst, counts)
  select w.src, w.field, w.dst, w.counts from unnest(wanted) w join objects t on t.id = w.dst order by w.src, w.field, w.dst
  on conflict do nothing;
  perform tell(t.id, 'changed', 3::smallint) from objects t where t.id in (select g.dst from unnest(gone) g) and t.deleted;
end $$;
