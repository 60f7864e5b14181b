import type { Ref } from '../model/definition.ts';
import type { Database, Queryable } from './database.ts';
import { Refusal } from './errors.ts';
import { isStorable } from './storable.ts';
import type { Turn } from './turn.ts';
import type { Fields, Writer } from './types.ts';

/** An event that a watcher is to be told of. */
export interface Delivery {
  /** The same each time it is delivered. */
  readonly id: number;
  readonly object: Ref;
  readonly event: 'added' | 'updated' | 'deleted';
  readonly changed: readonly string[];
  /** The values of the changed fields before; of a deleted object, all that it had. */
  readonly before: Fields;
  /** How often it has failed. */
  readonly tries: number;
}

/** After so many failures a delivery is parked. */
const MOST_FAILURES = 5;

/**
 * Read what is to be delivered next: the oldest that is due. A delivery waits for the earlier ones of its object
 * alone, so that one that fails holds up no other object.
 *
 * @returns or, when nothing is due, how long until something is; null: nothing is left
 */
export async function nextDelivery(database: Database, watcher: string): Promise<Delivery | number | null> {
  const [next] = await database.query<Delivery>(NEXT, [watcher]);
  if (next !== undefined) return next;
  // What has come due since then is due now: it must not be left out.
  const [row] = await database.query<{ ms: number | null }>(UNTIL_NEXT, [watcher]);
  return row?.ms ?? null;
}

const NEXT = `
select d.id, jsonb_build_object('model', d.model, 'id', d.object_id) as object, d.event, d.changed, d.before, d.tries
  from deliveries d
 where d.watcher = $1 and not d.parked and d.due <= clock_timestamp()
   and not exists (select 1 from deliveries e
                    where e.watcher = $1 and e.object_id = d.object_id and e.id < d.id and not e.parked)
 order by d.id limit 1`;

const UNTIL_NEXT = `
select min(greatest(extract(epoch from d.due - clock_timestamp())::float8, 0)) * 1000 as ms
  from deliveries d
 where d.watcher = $1 and not d.parked
   and not exists (select 1 from deliveries e
                    where e.watcher = $1 and e.object_id = d.object_id and e.id < d.id and not e.parked)`;

/** The last state of an object that is gone, as the watcher is yet to be told of it. */
export async function lastState(database: Database, watcher: string, delivery: Delivery): Promise<Fields> {
  const [row] = await database.query<{ before: Fields }>(
    `select before from deliveries where watcher = $1 and object_id = $2 and id >= $3 and event = 'deleted' limit 1`,
    [watcher, delivery.object.id, delivery.id],
  );
  return row?.before ?? delivery.before;
}

/** Forget a delivery: the watcher has answered it. Nothing happens when the turn has passed to another. */
export async function finishDelivery(database: Database, turn: Turn, { id }: Delivery): Promise<void> {
  await database.query(
    'delete from deliveries d using watchers w where d.id = $1 and w.name = d.watcher and w.name = $2 and w.fence = $3',
    [id, turn.name, turn.fence],
  );
}

/**
 * Put a delivery off that failed; after too many failures park it, and say so in the audit trail.
 *
 * @returns whether it was parked
 */
export async function failDelivery(
  database: Database,
  turn: Turn,
  { id }: Delivery,
  failure: { readonly text: string; readonly delayMs: number },
): Promise<boolean> {
  const [row] = await database.query<{ parked: boolean }>(
    `with failed as (
       update deliveries d
          set tries = tries + 1, error = $4, parked = tries + 1 >= ${MOST_FAILURES},
              due = clock_timestamp() + $5 * interval '1 millisecond'
         from watchers w where d.id = $1 and w.name = d.watcher and w.name = $2 and w.fence = $3
       returning d.*
     ), said as (
       insert into events (kind, model, object_id, writer, detail)
       select 'parked', model, object_id, 'watcher ' || watcher,
              jsonb_build_object('delivery', id, 'event', event, 'text', error) from failed where parked
     )
     select parked from failed`,
    [id, turn.name, turn.fence, failure.text, failure.delayMs],
  );
  return row?.parked ?? false;
}

/** A delivery that was given up, without the values of the object. */
export interface ParkedDelivery {
  readonly id: number;
  readonly watcher: string;
  readonly object: Ref;
  readonly event: Delivery['event'];
  readonly changed: readonly string[];
  readonly error: string;
  readonly at: Date;
}

/** List the deliveries that were given up, oldest first; at most 1000. */
export function readParked(queryable: Queryable): Promise<ParkedDelivery[]> {
  return queryable.query<ParkedDelivery>(
    `select id, watcher, jsonb_build_object('model', model, 'id', object_id) as object, event, changed, error, at
       from deliveries where parked order by id limit 1000`,
  );
}

/**
 * Deliver again what was given up of a watcher, and say so in the audit trail; it comes after what has been delivered meanwhile.
 *
 * @returns how many deliveries these are
 * @throws {Refusal} E_NOT_FOUND when there is no such watcher
 */
export async function unpark(database: Database, writer: Writer, watcher: string): Promise<number> {
  return database.transaction(async (tx) => {
    // The database would be at a loss for some names, instead of not finding them.
    const known = isStorable(watcher)
      ? await tx.query('select name from watchers where name = $1 for key share', [watcher])
      : [];
    if (known.length === 0) throw new Refusal('E_NOT_FOUND', `there is no watcher ${watcher}`);
    const again = await tx.query(
      'update deliveries set parked = false, tries = 0, due = now() where watcher = $1 and parked returning id',
      [watcher],
    );
    if (again.length === 0) return 0;
    await tx.query("select tell_errand('deliver', $1)", [watcher]);
    await tx.query("insert into events (kind, writer, detail) values ('delivered again', $1, $2)", [
      writer.name,
      JSON.stringify({ watcher, count: again.length }),
    ]);
    return again.length;
  });
}
