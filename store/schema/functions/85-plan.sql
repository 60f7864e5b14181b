-- What must be done before each of these objects: what it would wait for, were all that there is to do done in order.
-- Guesses are left out: how they fit among the others is for who plans to say.
create or replace function ahead_of(ids bigint[]) returns table (id bigint, ahead bigint) language sql stable as $$
  select o.id, d.id
    from objects o cross join lateral dependencies_of(o.id) u join objects d on d.id = u.id
   where o.id = any (ids) and not o.deleted and has_work(o) and holds(d)
     and not (d.pretended is not distinct from d.generation and pretends(o))
  union
  select o.id, x.id
    from objects o
   cross join lateral (select h.src, true as held from held h where h.dst = o.id
                       union all
                       select s.id, false from dependents_of(o.id) s) u
    join objects x on x.id = u.src
   where o.id = any (ids) and o.deleted and x.id <> o.id and has_work(x) and (u.held or not x.deleted)
$$;

-- Who is to look again, were what this transaction has made of these objects committed: clean objects that have read
-- something else in them. Relays do the same one by one (resync_readers); here nothing is to be locked for long.
create or replace function readers_then(changed bigint[]) returns table (reader bigint, target bigint, searched boolean)
language sql stable as $$
  select c.reader, min(c.target), bool_and(c.searched) from (
    select r.reader, o.id as target, false as searched
      from objects o cross join lateral fields_of(o) f
      join reads r on r.target = o.id and r.field = f.field and r.digest <> md5(f.value::text)
     where o.id = any (changed)
    union all
    select s.reader, o.id, true
      from objects o join searches s on s.ids @> array[o.id]
     where o.id = any (changed) and (o.deleted or not (o.declarative || o.feedback) @> s.predicate)
    union all
    select s.reader, o.id, true
      from objects o join searches s on s.key = any (keys_of(o)) and not s.ids @> array[o.id]
     where o.id = any (changed) and not o.deleted and s.model = any (bases_of(o.model))
       and (o.declarative || o.feedback) @> s.predicate
  ) c join objects x on x.id = c.reader
   where x.id <> all (changed) and not x.no_sync and not x.backend_need_reap and has_step(x.model) and not has_work(x)
   group by c.reader
$$;
