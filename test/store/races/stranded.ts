import type { Database } from '../../../store/database.ts';

/**
 * Find the objects that nothing will ever wake: they have work, nobody holds them, no outbox row speaks of them,
 * and what they wait for does not hold them (any more), so that its end tells nobody.
 *
 * Written down apart from the sweep's own query, to which it is compared.
 */
export async function stranded(database: Database, ids: readonly number[]): Promise<number[]> {
  const rows = await database.query<{ id: number }>(STRANDED, [ids]);
  return rows.map(({ id }) => id);
}

const STRANDED = `
select o.id from objects o
 where o.id = any ($1::bigint[])
   and (o.deleted or (not o.no_sync and o.enacted is distinct from o.generation))
   and o.lease_until is null
   and not exists (select 1 from outbox b where b.object_id = o.id and b.kind = 'object')
   and not (o.backend_need_reap and exists (select 1 from links l where l.dst = o.id and l.src <> o.id))
   and not exists (
     select 1 from waits w join objects d on d.id = w.waited
      where w.waiter = o.id and w.kind = 'creation' and not o.deleted
        and not d.deleted and not d.no_sync and d.enacted is distinct from d.generation
        and exists (select 1 from links l where l.src = o.id and l.dst = d.id))
   and not exists (
     select 1 from waits w where w.waiter = o.id and w.kind = 'deletion' and o.deleted
        and exists (select 1 from held h where h.src = w.waited and h.dst = o.id))
 order by o.id`;

/** Live objects that link to what is deleted. */
export async function dangling(database: Database, ids: readonly number[]): Promise<number[]> {
  const rows = await database.query<{ id: number }>(
    `select distinct s.id from links l join objects s on s.id = l.src left join objects t on t.id = l.dst
      where l.src = any ($1::bigint[]) and not s.deleted and (t.id is null or t.deleted)`,
    [ids],
  );
  return rows.map(({ id }) => id);
}
