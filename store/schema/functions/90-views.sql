-- A view of each model's objects, with a typed column for each field: for people, and for the tools that they make
-- reports with (design 3.1). Secrets are not in it.

-- The expression of one field or link over `objects o`, of its type. What is not of that type is null.
create or replace function column_of(member jsonb) returns text language sql immutable as $$
  with it as (
    select format('o.%s -> %L', case when member ->> 'state' = 'feedback' then 'feedback' else 'declarative' end,
                  member ->> 'name') as value
  ), given as (
    -- Objects that are older than the field have its default.
    select case when member ? 'default' then format('coalesce(%s, %L::jsonb)', value, member -> 'default') else value end as value
      from it
  )
  select case
    when member ->> 'kind' = 'manytomany' then format(
      'array(select (r ->> ''id'')::bigint from jsonb_array_elements(case jsonb_typeof(%1$s) when ''array'' then %1$s else ''[]'' end) r)', value)
    when member ? 'kind' then format('((%s) ->> ''id'')::bigint', value)
    when (member ->> 'repeated')::boolean then value
    when member ->> 'type' = 'bool' then format('case jsonb_typeof(%1$s) when ''boolean'' then ((%1$s) #>> ''{}'')::boolean end', value)
    when member ->> 'type' in ('float', 'double') then
      format('case jsonb_typeof(%1$s) when ''number'' then ((%1$s) #>> ''{}'')::double precision end', value)
    when member ->> 'type' in ('string', 'bytes', 'enum') then format('((%s) #>> ''{}'')', value)
    else format('case jsonb_typeof(%1$s) when ''number'' then ((%1$s) #>> ''{}'')::numeric::bigint end', value)
  end from given
$$;

-- The query of a model's view. It names no function of ours: those are replaced, and would take the view with them.
create or replace function view_of(its_model text) returns text language sql stable as $$
  with members as (
    select f.value as member, f.value ->> 'name' as name, f.ordinality as at
      from models m cross join lateral jsonb_array_elements(m.definition -> 'fields') with ordinality f
     where m.name = its_model and not coalesce((f.value ->> 'secret')::boolean, false)
    union all
    select l.value, (l.value ->> 'name') || case when l.value ->> 'kind' = 'manytomany' then '_ids' else '_id' end, 1000 + l.ordinality
      from models m cross join lateral jsonb_array_elements(m.definition -> 'links') with ordinality l
     where m.name = its_model
  ), own (name, at) as (
    values ('model', 2001), ('version', 2002), ('generation', 2003), ('enacted', 2004), ('deleted', 2005), ('failures', 2006),
           ('outcome', 2007), ('outcome_text', 2008), ('next_attempt_at', 2009), ('created', 2010), ('updated', 2011)
  ), columns as (
    select format('%s as %I', column_of(member), name) as text, at from members where name <> 'id'
    union all
    -- A field of the model's own goes before a bookkeeping one of that name.
    select format('o.%I', w.name), w.at from own w where w.name not in (select name from members)
  )
  select format('select o.id, %s from accord.objects o where o.model = any (%L::text[])',
                (select string_agg(text, ', ' order by at) from columns), leaves_of(its_model))
$$;

-- Make the views what the models are now, in the schema accord_models. One that somebody's own view was built on, and
-- that cannot be changed under it, stays as it is, with a warning. One that is as it should be is not touched: whoever
-- changes a view waits for all that read it.
create or replace function draw_views() returns void language plpgsql volatile as $$
declare
  it text;
  query text;
  remark text;
begin
  create schema if not exists accord_models;
  for it in select v.viewname from pg_views v
             where v.schemaname = 'accord_models' and v.viewname not in (select name from models) loop
    begin
      execute format('drop view accord_models.%I', it);
    exception when dependent_objects_still_exist then
      raise warning 'accord_models.% stays: other views are built on it', it;
    end;
  end loop;
  for it in select name from models order by name loop
    query := view_of(it);
    remark := format('Made by Accord of the model %s (%s)', it, md5(query));
    continue when exists (select 1 from pg_class c where c.relnamespace = 'accord_models'::regnamespace and c.relname = it
                             and obj_description(c.oid, 'pg_class') = remark);
    begin
      execute format('create or replace view accord_models.%I as %s', it, query);
    exception when invalid_table_definition then
      begin
        execute format('drop view accord_models.%I', it);
        execute format('create view accord_models.%I as %s', it, query);
      exception when dependent_objects_still_exist then
        raise warning 'accord_models.% stays as it was: other views are built on it', it;
        continue;
      end;
    end;
    execute format('comment on view accord_models.%I is %L', it, remark);
  end loop;
end $$;
