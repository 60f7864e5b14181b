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
