import type { Database } from './database.ts';
import type { Claim } from './outbox.ts';
import type { Turn } from './turn.ts';

/** An object as `fetchPending` has seen it. */
export interface Seen {
  readonly generation: number;
  readonly dirty: boolean;
}

/** An object that a step chose: among the live ones, or among the deleted ones. */
export interface Chosen {
  readonly id: number;
  readonly deleted: boolean;
  /** Null: it was named without having been read. */
  readonly seen: Seen | null;
}

/** Record what a step chose, and what it threw. Nothing happens when the turn has passed to another. */
export async function recordSelection(
  database: Database,
  turn: Turn,
  answer: { readonly askedAt: Date; readonly chosen: readonly Chosen[]; readonly fault: string | null },
): Promise<void> {
  const chosen = answer.chosen.map(({ id, deleted, seen }) => ({ id, deleted, ...seen }));
  await database.query('select record_selection($1, $2, $3, $4, $5)', [
    turn.name,
    turn.fence,
    answer.askedAt,
    JSON.stringify(chosen),
    answer.fault,
  ]);
}

/**
 * Turn rows of objects that are to be chosen first into errands to ask their steps.
 *
 * Should a registration end the choosing meanwhile: it releases these objects when it is committed.
 *
 * @returns the claims that are seen to by that; the others have something under way that is to be told, too
 */
export async function askSteps(database: Database, claims: readonly Claim[]): Promise<readonly Claim[]> {
  const asking = claims.filter(({ poller }) => poller !== null);
  if (asking.length === 0) return [];
  const held = asking.filter(({ isHeld }) => isHeld);
  await database.query(
    `with gone as (delete from outbox where id = any ($2::bigint[]))
     select tell_errand('select', name) from unnest($1::text[]) as p (name)`,
    [[...new Set(asking.map(({ poller }) => poller))], held.flatMap(({ rows }) => rows)],
  );
  return held;
}
