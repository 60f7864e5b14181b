-- Dependencies along paths of several links (design 3.6), kept in `edges`. A ServiceInstanceLink is such a path of two
-- hops: from the subscriber back to the link, and along it to the provider.
--
-- The law of two lookers, for each hop. Who walks a path holds the row that the walk begins at, and share-locks each
-- that it comes by before it looks where that leads. Who changes links has changed that row, and holds what they lead
-- and led to where a path goes back along them; only then it looks for the walks that come by. So whoever is second
-- sees the first. The graph itself is read under a shared lock, which a registration that changes it takes alone.

create or replace function read_graph() returns void language sql volatile as $$
  select pg_advisory_xact_lock_shared(1635, 1)
$$;
create or replace function change_graph() returns void language sql volatile as $$
  select pg_advisory_xact_lock(1635, 1)
$$;

-- Is this link of a model a dependency?
create or replace function link_counts(its_model text, its_field text) returns boolean language sql stable as $$
  select exists (select 1 from models m cross join lateral jsonb_array_elements(m.dependencies) d
                  where m.name = its_model and d ->> 'kind' = 'link' and d -> 'path' ->> 0 = its_field)
$$;

-- One hop of a path from some objects on. What is being deleted leads nowhere.
create or replace function hop(heres bigint[], field text, back text) returns table (here bigint, there bigint) language sql stable as $$
  select l.src, l.dst from links l where $3 is null and l.src = any ($1) and l.field = $2
  union all
  select l.dst, l.src from links l join objects v on v.id = l.src
   where $3 is not null and l.dst = any ($1) and l.field = $2 and not v.deleted
     and exists (select 1 from models m where m.name = v.model and (m.name = $3 or m.definition -> 'bases' ? $3))
$$;

-- Where the paths of these objects lead, with what they come by. The caller holds the objects.
create or replace function path_edges(objects_ bigint[]) returns table (src bigint, dst bigint, kind text, via bigint)
language plpgsql volatile as $$
declare
  p paths;
  origins bigint[];
  frontier bigint[];
begin
  for p in select x.* from paths x where x.model in (select o.model from objects o where o.id = any (objects_)) order by x.id loop
    select array_agg(o.id) into origins from objects o where o.id = any (objects_) and o.model = p.model and not o.deleted;
    frontier := origins;
    for i in 1 .. cardinality(p.fields) - 1 loop
      select array_agg(distinct h.there) into frontier from hop(frontier, p.fields[i], p.back[i]) h;
      perform 1 from objects o where o.id = any (frontier) order by o.id for share;
    end loop;
    return query
      with recursive walk (origin, here, hops, by) as (
        select o.id, o.id, 0, '{}'::bigint[] from unnest(origins) o (id)
        union
        select w.origin, h.there, w.hops + 1, w.by || h.there
          from walk w cross join lateral hop(array[w.here], p.fields[w.hops + 1], p.back[w.hops + 1]) h
         where w.hops < cardinality(p.fields)
      )
      select distinct w.origin, w.here, p.kind, b.id
        from walk w cross join lateral unnest(w.by[1:w.hops - 1] || case when w.hops = 1 then w.origin end) b (id)
       where w.hops = cardinality(p.fields) and w.here <> w.origin and b.id is not null;
  end loop;
end $$;

-- Bring the edges of these objects along paths up to date. Returns those that depend on others now than before.
-- The caller holds the objects.
create or replace function refresh_paths(ids bigint[]) returns bigint[] language plpgsql volatile as $$
declare
  wanted edges[];
  before jsonb;
  changed bigint[];
begin
  select array_agg((w.src, w.dst, w.kind, w.via)::edges) into wanted from path_edges(ids) w;
  select jsonb_object_agg(t.src, t.ids) into before from (
    select e.src, jsonb_agg(distinct e.dst) as ids from edges e where e.src = any (ids) and e.kind <> 'author' group by e.src) t;
  delete from edges e
   where e.src = any (ids) and e.kind <> 'author'
     and not exists (select 1 from unnest(wanted) w where (w.src, w.dst, w.kind, w.via) = (e.src, e.dst, e.kind, e.via));
  insert into edges (src, dst, kind, via)
  select w.src, w.dst, w.kind, w.via from unnest(wanted) w order by w.src, w.dst on conflict do nothing;
  select array_agg(u.id order by u.id) into changed from unnest(ids) u (id)
   where coalesce(before -> u.id::text, '[]')
         <> coalesce((select jsonb_agg(distinct e.dst) from edges e where e.src = u.id and e.kind <> 'author'), '[]');
  return coalesce(changed, '{}');
end $$;

-- What objects depend on has changed: there is something to act on. Whoever waited for their ends looks again.
create or replace function redirect(ids bigint[]) returns void language plpgsql volatile as $$
begin
  update objects o
     set generation = generation + 1, next_attempt_at = null,
         enacted = case when needs_nobody(o.model, o.no_policy) then generation + 1 else enacted end
   where id = any (ids) and not deleted;
  perform release_waiters(u.id) from unnest(ids) u (id);
  perform tell(o.id, 'changed', 3::smallint) from objects o where o.id = any (ids) and not o.deleted and has_work(o);
end $$;

-- The objects whose paths go along the links that this object has in these fields, or had to these targets.
create or replace function paths_by(object bigint, changed text[], targets bigint[]) returns bigint[] language plpgsql stable as $$
declare
  p paths;
  found bigint[];
  heres bigint[];
begin
  select array_agg(distinct e.src) into found from edges e where e.via = object and e.kind <> 'author';
  for p in select x.* from paths x where x.fields && changed order by x.id loop
    for i in 1 .. cardinality(p.fields) loop
      continue when p.fields[i] <> all (changed);
      heres := case when p.back[i] is null then array[object] else targets end;
      for k in reverse i - 1 .. 1 loop
        if p.back[k] is null then
          select array_agg(distinct l.src) into heres from links l where l.dst = any (heres) and l.field = p.fields[k];
        else
          select array_agg(distinct l.dst) into heres from links l where l.src = any (heres) and l.field = p.fields[k];
        end if;
      end loop;
      found := found || array(select o.id from objects o where o.id = any (heres) and o.model = p.model);
    end loop;
  end loop;
  return array(select distinct o.id from objects o where o.id = any (found) and not o.deleted order by o.id);
end $$;

-- The links of an object have changed, in statements before this one: bring up to date the edges of all whose paths
-- go by them, and give those a new generation, but not the object itself, which has one. Returns them.
create or replace function links_changed(object bigint, changed text[], targets bigint[]) returns bigint[] language plpgsql volatile as $$
declare
  ids bigint[];
begin
  if not exists (select 1 from paths p where p.fields && changed) then
    return '{}';
  end if;
  -- Where paths go back along these links, the walks begin at what they lead to.
  if exists (select 1 from paths p cross join lateral unnest(p.fields, p.back) h (field, back)
              where h.field = any (changed) and h.back is not null) then
    perform 1 from objects o where o.id = any (targets) order by o.id for no key update;
  end if;
  ids := paths_by(object, changed, targets);
  perform 1 from objects o where o.id = any (ids) order by o.id for no key update;
  ids := refresh_paths(ids);
  perform redirect(array_remove(ids, object));
  return ids;
end $$;

-- An object was marked for deletion, in a statement before this one: no path goes by it any more, and who names it
-- by dependsOn is asked again.
create or replace function leave_graph(object bigint) returns void language plpgsql volatile as $$
declare
  ids bigint[];
begin
  select array_agg(distinct e.src) into ids from edges e where (e.via = object or e.dst = object) and e.src <> object;
  if ids is null then
    return;
  end if;
  perform 1 from objects o where o.id = any (ids) order by o.id for no key update;
  perform redirect(refresh_paths(ids) || array(select e.src from edges e where e.dst = object and e.kind = 'author'));
end $$;

-- The graph of these models has changed: which links count, and where their paths lead. Objects that depend on others
-- now than before get a new generation.
create or replace function redraw_graph(names text[]) returns void language plpgsql volatile as $$
declare
  ids bigint[];
  turned bigint[];
begin
  select coalesce(array_agg(o.id order by o.id), '{}') into ids from objects o where o.model = any (names) and not o.deleted;
  if ids = '{}' then
    return;
  end if;
  perform 1 from objects o where o.id = any (ids) order by o.id for no key update;
  with changed as (
    update links l set counts = not l.counts from objects o
     where o.id = l.src and o.id = any (ids) and l.counts <> link_counts(o.model, l.field)
    returning l.src
  )
  select coalesce(array_agg(distinct src), '{}') into turned from changed;
  perform redirect(array(select distinct u.id from unnest(turned || refresh_paths(ids)) u (id) order by u.id));
end $$;
