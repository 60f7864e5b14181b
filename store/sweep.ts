import type { Ref } from '../model/definition.ts';
import type { Database, Queryable } from './database.ts';
import { UNSETTLED } from './read.ts';

/**
 * Objects that have work, and that nothing known will wake (design 3.3): no outbox row, no live lease, not put
 * off, not waiting for an object that still holds. By id. A workflow may well be busy with them: ask it.
 *
 * @param which.quietMs only those for which nothing has happened for this long
 * @param which.after only those behind this id
 */
export function sweepCandidates(
  database: Database,
  which: { readonly limit: number; readonly quietMs: number; readonly after: number },
): Promise<Ref[]> {
  return database.query<Ref>(CANDIDATES, [which.limit, which.quietMs, which.after]);
}

const STRANDED = `${UNSETTLED} and has_work(o) and not at_rest(o)
   and greatest(o.updated, coalesce(o.outcome_at, o.updated)) < now() - $2 * interval '1 millisecond'
   and not exists (select 1 from outbox b where b.object_id = o.id and b.kind = 'object')
   and not is_being_released(o)
   and (o.lease_until is null or o.lease_until < now())
   and (o.next_attempt_at is null or o.next_attempt_at < now() - interval '1 minute')
   and not exists (select 1 from waits w where w.waiter = o.id and still_blocks(o, w))
   and not (o.backend_need_reap and exists (select 1 from links l where l.dst = o.id and l.src <> o.id))`;

const CANDIDATES = `select o.model, o.id from objects o where o.id > $3 and ${STRANDED} order by o.id limit $1`;

/**
 * Put candidates for which no workflow is busy into the outbox, and write down that there were any: with every
 * process healthy there are none.
 *
 * Looks once more: a workflow that had just ended when it was asked for had something to show for it by then.
 *
 * @returns those that nothing had moved in the meantime
 */
export async function sweepFound(database: Database, idle: readonly Ref[], quietMs: number): Promise<Ref[]> {
  if (idle.length === 0) return [];
  return database.transaction(async (tx) => {
    const ids = idle.map(({ id }) => id);
    const found = await tx.query<Ref>(
      `select o.model, o.id from objects o where o.id = any ($1::bigint[]) and ${STRANDED}`,
      [ids, quietMs],
    );
    for (const { id } of found) await tx.query("select tell($1, 'sweep', 5::smallint)", [id]);
    await forgotten(tx, found);
    return found;
  });
}

/** Write down that objects had work that nobody did: what should never happen while all processes are healthy. */
export async function forgotten(database: Queryable, found: readonly Ref[]): Promise<void> {
  await database.query(
    `insert into events (kind, model, object_id, writer)
     select 'found by the sweep', model, id, 'sweep' from unnest($1::text[], $2::bigint[]) f (model, id)`,
    [found.map(({ model }) => model), found.map(({ id }) => id)],
  );
}

/** Become the one relay that sweeps this time. False: another does. */
export async function isMySweep(database: Database, everyMs: number): Promise<boolean> {
  const rows = await database.query(
    `insert into sweeps (id, at) values (true, now())
     on conflict (id) do update set at = now() where sweeps.at < now() - $1 * interval '1 millisecond' returning at`,
    [everyMs],
  );
  return rows.length > 0;
}
