import type { Fence } from './attempts.ts';
import type { Database } from './database.ts';

/** How much of something may be used at once, and how often, over all workers. */
export interface Limit {
  readonly name: string;
  /** Attempts at once. */
  readonly concurrency?: number;
  /** Attempts that begin per second. */
  readonly perSecond?: number;
}

/** Take a place of a limit for an attempt. False: there is none now. */
export async function takePlace(
  database: Database,
  limit: Limit,
  { id, token, attempt }: Fence,
  leaseMs: number,
): Promise<boolean> {
  const [row] = await database.query<{ taken: boolean }>(
    'select take_place($1, $2, $3, $4, $5, $6, $7) as taken',
    [limit.name, id, limit.concurrency ?? null, limit.perSecond ?? null, leaseMs, token, attempt],
  );
  return row?.taken ?? false;
}

/** Give back all places of an attempt. What has passed to the next attempt on its object stays there. */
export async function freePlaces(database: Database, { id, token, attempt }: Fence): Promise<void> {
  await database.query('delete from places where object_id = $1 and token = $2 and attempt = $3', [
    id,
    token,
    attempt,
  ]);
}

/** Keep the places of an attempt as long as its lease. */
export async function keepPlaces(
  database: Database,
  { id, token, attempt }: Fence,
  leaseMs: number,
): Promise<void> {
  await database.query(
    `update places set until = clock_timestamp() + $4 * interval '1 millisecond'
      where object_id = $1 and token = $2 and attempt = $3`,
    [id, token, attempt, leaseMs],
  );
}
