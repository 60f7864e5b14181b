import type { Watched } from '../plan/watched.ts';
import type { Queryable } from './database.ts';

/** A watcher as it is registered. */
export interface WatcherRegistration {
  /** Unique in an installation, and the same at every start. */
  readonly name: string;
  readonly synchronizes: readonly string[];
  readonly watched: readonly Watched[];
}

/** A step with `fetchPending`, as it is registered. */
export interface PollerRegistration {
  readonly name: string;
  readonly models: readonly string[];
  readonly everyMs: number;
}

/**
 * Register the watchers and pollers of a synchronizer in the place of those that it had.
 *
 * What had not been delivered to a watcher that is no more is dropped, and the audit trail says so.
 */
export async function registerWatchers(
  tx: Queryable,
  synchronizer: string,
  watchers: readonly WatcherRegistration[],
  pollers: readonly PollerRegistration[],
): Promise<void> {
  for (const { name, synchronizes, watched } of watchers) {
    await tx.query(
      `insert into watchers (name, synchronizer, synchronizes, watched) values ($1, $2, $3, $4)
       on conflict (name) do update set synchronizes = excluded.synchronizes, watched = excluded.watched`,
      [name, synchronizer, synchronizes, JSON.stringify(watched)],
    );
  }
  await tx.query(
    `with gone as (delete from watchers where synchronizer = $1 and name <> all ($2::text[]) returning name)
     insert into events (kind, writer, detail)
     select 'watcher removed', 'synchronizer ' || $1, jsonb_build_object('watcher', name, 'undelivered',
            (select count(*) from deliveries d where d.watcher = name)) from gone`,
    [synchronizer, watchers.map(({ name }) => name)],
  );
  await tx.query('select register_pollers($1, $2)', [synchronizer, JSON.stringify(pollers)]);
  await tx.query('select refresh_watching()');
}

/** Leave errands for the watchers and pollers of a synchronizer that have something due: a worker that starts does so. */
export async function ensureErrands(queryable: Queryable, synchronizer: string): Promise<void> {
  await queryable.query(
    `select tell_errand('deliver', w.name) from watchers w
      where w.synchronizer = $1 and exists (select 1 from deliveries d where d.watcher = w.name and not d.parked)`,
    [synchronizer],
  );
  // Also where there is one: a relay may be about to forget that, which found the synchronizer disabled a moment ago.
  await queryable.query(
    `select tell_errand('select', p.name, p.due) from pollers p where p.synchronizer = $1`,
    [synchronizer],
  );
}
