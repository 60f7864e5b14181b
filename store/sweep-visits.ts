import type { Database } from './database.ts';
import type { Turn } from './turn.ts';

/** A watcher or a choosing step that nobody seems to visit. */
export type OverdueVisit = Pick<Turn, 'at' | 'name'>;

/**
 * Watchers with something undelivered that has been due for a minute, and steps that should have been asked a minute
 * ago: of those, the ones that no outbox row speaks of and nobody has the turn at. Longest overdue first.
 */
export function overdueVisits(database: Database, limit: number): Promise<OverdueVisit[]> {
  return database.query<OverdueVisit>(OVERDUE, [limit]);
}

const OVERDUE = `
select v.at, v.name
  from (select 'watchers' as at, 'deliver' as kind, w.name, w.synchronizer, w.lease_until, first.due
          from watchers w
         cross join lateral (select min(d.due) as due from deliveries d where d.watcher = w.name and not d.parked) first
        union all
        select 'pollers', 'select', p.name, p.synchronizer, p.lease_until, p.due from pollers p) v
  join synchronizers s on s.name = v.synchronizer and not s.disabled
 where v.due < now() - interval '1 minute' and (v.lease_until is null or v.lease_until < now())
   and not exists (select 1 from outbox b where b.kind = v.kind and b.subject = v.name)
 order by v.due limit $1`;

/** Put finds into the outbox, and write down that there were any: with every process healthy there are none. */
export async function visitsFound(database: Database, found: readonly OverdueVisit[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const { at, name } of found) {
      await tx.query('select tell_errand($1, $2)', [at === 'watchers' ? 'deliver' : 'select', name]);
      await tx.query("insert into events (kind, writer, detail) values ('found by the sweep', 'sweep', $1)", [
        JSON.stringify({ [at === 'watchers' ? 'watcher' : 'step']: name }),
      ]);
    }
  });
}
