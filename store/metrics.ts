import type { Queryable } from './database.ts';
import type { Cursor } from './events.ts';

/** How much there is to do, and since when, as it is now. Ages in seconds. */
export interface Backlog {
  /** By model: the age of what has been due longest and is held by nobody, and how many are tried again after failures. */
  readonly models: readonly { readonly model: string; readonly oldest: number; readonly retries: number }[];
  /** By kind: rows for objects, and the errands of relays. `late`: how long the first has been due, where relays take none. */
  readonly outbox: readonly {
    readonly kind: string;
    readonly depth: number;
    readonly oldest: number;
    readonly late: number;
  }[];
  readonly watchers: readonly {
    readonly watcher: string;
    readonly behind: number;
    readonly parked: number;
  }[];
  readonly workers: readonly { readonly synchronizer: string; readonly count: number }[];
  /** Since the last sweep; null when there was none yet. */
  readonly sweep: number | null;
}

export async function readBacklog(queryable: Queryable): Promise<Backlog> {
  const [models, outbox, watchers, workers, [sweep]] = [
    await queryable.query<Backlog['models'][number]>(
      `select o.model, coalesce(max(extract(epoch from now() - o.updated)) filter (where not is_stopped(o)), 0)::float8 as oldest,
              (count(*) filter (where o.failures > 0 and o.next_attempt_at is not null))::integer as retries
         from objects o
        where has_work(o)
          -- Said once more, so that an index serves it.
          and (o.enacted is null or o.enacted < o.generation or o.deleted
               or (o.has_policy and (o.policed is null or o.policed < o.version)))
        group by 1 order by 1`,
    ),
    await queryable.query<Backlog['outbox'][number]>(
      `select kind, (count(*) filter (where due <= now()))::integer as depth,
              coalesce(max(extract(epoch from now() - due)) filter (where due <= now()), 0)::float8 as oldest,
              -- Where relays have just taken others of its queue, it waits for its turn.
              coalesce(max(extract(epoch from now() - due)) filter (where due <= now()
                and (claimed_until is null or claimed_until < now())
                and not (kind = 'object' and queue in (select queue from outbox where claimed_until > now() + interval '20 seconds'))
                and queue not in (select name from synchronizers where disabled)), 0)::float8 as late
         from outbox group by 1 order by 1`,
    ),
    await queryable.query<Backlog['watchers'][number]>(
      `select w.name as watcher, (count(d.id) filter (where not d.parked))::integer as behind,
              (count(d.id) filter (where d.parked))::integer as parked
         from watchers w left join deliveries d on d.watcher = w.name group by 1 order by 1`,
    ),
    await queryable.query<Backlog['workers'][number]>(
      `select s.name as synchronizer, (count(w.name) filter (where w.seen > now() - interval '1 minute'))::integer as count
         from synchronizers s left join workers w on w.synchronizer = s.name group by 1 order by 1`,
    ),
    await queryable.query<{ age: number }>(
      'select extract(epoch from now() - at)::float8 as age from sweeps',
    ),
  ];
  return { models, outbox, watchers, workers, sweep: sweep?.age ?? null };
}

/** Up to where what has happened is counted. */
export interface Counted {
  readonly until: Date;
  readonly cursor: Cursor;
}

/** What has happened since: attempts that ended, and what the event log alone knows. */
export interface Happened extends Counted {
  readonly attempts: readonly {
    readonly model: string;
    readonly kind: string;
    readonly outcome: string;
    /** The first of the bounds that it took no longer than; as many as there are bounds: longer than all. */
    readonly bucket: number;
    readonly count: number;
    readonly seconds: number;
  }[];
  readonly events: readonly {
    readonly kind: string;
    readonly model: string | null;
    readonly count: number;
  }[];
}

/** Transactions that record an attempt are committed within this, or it is not counted. */
const SETTLED = "interval '5 seconds'";
/** Of these the attempts go with their object. */
const TOLD_BY_EVENTS = ['deleted from the back end', 'found by the sweep'];

/** Where counting begins: with what happens from now on. */
export async function startCounting(queryable: Queryable): Promise<Counted> {
  const [row] = await queryable.query<{ until: Date; xid: string }>(
    `select clock_timestamp() - ${SETTLED} as until, pg_snapshot_xmin(pg_current_snapshot())::text as xid`,
  );
  return { until: row?.until ?? new Date(), cursor: { xid: row?.xid ?? '0', id: 0 } };
}

/** @param bounds of the time that attempts take, in seconds, ascending */
export async function readHappened(
  queryable: Queryable,
  since: Counted,
  bounds: readonly number[],
): Promise<Happened> {
  const { until, cursor } = await startCounting(queryable);
  const attempts = await queryable.query<Happened['attempts'][number]>(
    `select o.model, a.kind, coalesce(a.outcome, 'unknown') as outcome,
            width_bucket(extract(epoch from a.finished - a.started)::float8 - 1e-9, $3::float8[]) as bucket,
            count(*)::integer as count, sum(extract(epoch from a.finished - a.started))::float8 as seconds
       from attempts a join objects o on o.id = a.object_id
      where a.finished > $1 and a.finished <= $2 and not (a.kind = 'delete' and a.outcome = 'synced')
      group by 1, 2, 3, 4`,
    [since.until, until, bounds],
  );
  const events = await queryable.query<Happened['events'][number]>(
    `select kind, model, count(*)::integer as count from events
      where (xid, id) > ($1::xid8, $2::bigint) and xid < $3::xid8 and kind = any ($4) group by 1, 2`,
    [since.cursor.xid, since.cursor.id, cursor.xid, TOLD_BY_EVENTS],
  );
  return { until, cursor, attempts, events };
}
