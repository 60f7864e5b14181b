import type { Ref } from '../model/definition.ts';
import type { Queryable } from './database.ts';
import { leavesOf, type Registry } from './registry.ts';

/** What has happened, as the audit trail has it. */
export interface StoredEvent {
  /** The transaction that it was committed with: a number of 64 bits. */
  readonly xid: string;
  readonly id: number;
  readonly at: Date;
  readonly kind: string;
  readonly model: string | null;
  readonly object_id: number | null;
  readonly writer: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A place in the event log: what comes after it has a greater (xid, id). */
export interface Cursor {
  readonly xid: string;
  readonly id: number;
}

const COLUMNS = 'xid::text as xid, id, at, kind, model, object_id, writer, detail';

/**
 * Read the events after `cursor`, in an order that never changes: by transaction, then by number.
 *
 * Only of transactions before which none is open any more, or a later look would find others in between
 * (design 7): a plain sequence shows 11 before 10 has committed.
 */
export function readEventsAfter(queryable: Queryable, cursor: Cursor, limit: number): Promise<StoredEvent[]> {
  return queryable.query<StoredEvent>(
    `select ${COLUMNS} from events
      where (xid, id) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
      order by events.xid, events.id limit $3`,
    [cursor.xid, cursor.id, limit],
  );
}

/** The place that everything which a later read shows is before, or comes after as an event. */
export async function endOfEvents(queryable: Queryable): Promise<Cursor> {
  const [row] = await queryable.query<{ xid: string }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text as xid',
  );
  return { xid: row?.xid ?? '0', id: 0 };
}

/** Was this place handed out by a database of which this one is an older copy? Nothing would come after it for long. */
export async function isAhead(queryable: Queryable, { xid }: Cursor): Promise<boolean> {
  const [row] = await queryable.query<{ ahead: boolean }>(
    'select $1::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as ahead',
    [xid],
  );
  return row?.ahead === true;
}

/** Read the last events, latest first. @param before only those with a lower number */
export function readLastEvents(
  queryable: Queryable,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<StoredEvent[]> {
  return queryable.query<StoredEvent>(
    `select ${COLUMNS} from events where id < $1 order by events.id desc limit $2`,
    [before, limit],
  );
}

/** Read the events of an object, also of one that is gone, latest first. */
export function readEventsOf(
  queryable: Queryable,
  registry: Registry,
  ref: Ref,
  { before = Number.MAX_SAFE_INTEGER, limit }: { readonly before?: number; readonly limit: number },
): Promise<StoredEvent[]> {
  return queryable.query<StoredEvent>(
    // A pause names no model.
    `select ${COLUMNS} from events
      where object_id = $1 and (model is null or model = any ($2)) and id < $3 order by events.id desc limit $4`,
    [ref.id, leavesOf(registry, ref.model), before, limit],
  );
}

/**
 * Forget events that are older than so many days, the oldest first.
 *
 * @param most at a time, so that no transaction is long
 * @returns how many were forgotten
 */
export async function forgetEvents(queryable: Queryable, days: number, most: number): Promise<number> {
  const [row] = await queryable.query<{ count: number }>(
    `with oldest as (select id, at from events order by id limit $2),
          gone as (delete from events e using oldest o
                    where e.id = o.id and o.at < now() - $1 * interval '1 day' returning e.id)
     select count(*)::integer as count from gone`,
    [days, most],
  );
  return row?.count ?? 0;
}
