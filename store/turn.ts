import type { Database } from './database.ts';

/** Who has the turn at a watcher or a poller: one at a time, whichever process it is in. */
export interface Turn {
  readonly at: 'watchers' | 'pollers';
  readonly name: string;
  readonly fence: number;
}

/** Take the turn. `taken`: another has it. `gone`: it is registered no longer. */
export async function takeTurn(
  database: Database,
  at: Turn['at'],
  name: string,
  leaseMs: number,
): Promise<Turn | 'taken' | 'gone'> {
  const [taken] = await database.query<{ fence: number }>(
    `update ${at} set fence = fence + 1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
      where name = $1 and (lease_until is null or lease_until < clock_timestamp()) returning fence`,
    [name, leaseMs],
  );
  if (taken !== undefined) return { at, name, fence: taken.fence };
  const known = await database.query(`select 1 from ${at} where name = $1`, [name]);
  return known.length > 0 ? 'taken' : 'gone';
}

/** Prolong the turn. False: it has passed to another. */
export async function keepTurn(
  database: Database,
  { at, name, fence }: Turn,
  leaseMs: number,
): Promise<boolean> {
  const rows = await database.query(
    `update ${at} set lease_until = clock_timestamp() + $3 * interval '1 millisecond'
      where name = $1 and fence = $2 returning name`,
    [name, fence, leaseMs],
  );
  return rows.length > 0;
}

/** Let the next have its turn. */
export async function endTurn(database: Database, { at, name, fence }: Turn): Promise<void> {
  await database.query(`update ${at} set lease_until = null where name = $1 and fence = $2`, [name, fence]);
}

/** Whose watcher or poller it is. Undefined: it is registered no longer. */
export async function stationOf(
  database: Database,
  at: Turn['at'],
  name: string,
): Promise<{ synchronizer: string; disabled: boolean } | undefined> {
  const [row] = await database.query<{ synchronizer: string; disabled: boolean }>(
    `select x.synchronizer, s.disabled from ${at} x join synchronizers s on s.name = x.synchronizer where x.name = $1`,
    [name],
  );
  return row;
}
