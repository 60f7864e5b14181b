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
  await database.transaction((tx) =>
    tx.query('select record_selection($1, $2, $3, $4, $5)', [
      turn.name,
      turn.fence,
      answer.askedAt,
      JSON.stringify(chosen),
      answer.fault,
    ]),
  );
}

/**
 * Turn rows of objects that are to be chosen first into errands to ask their steps.
 *
 * The model's row is share-locked: a registration that ends the choosing either waits, and then finds these objects,
 * or has committed, and they are signalled (design 3.2).
 *
 * @returns the claims that are seen to by that
 */
export async function askSteps(database: Database, claims: readonly Claim[]): Promise<readonly Claim[]> {
  const asking = claims.filter(({ poller }) => poller !== null);
  if (asking.length === 0) return [];
  return database.transaction(async (tx) => {
    const rows = await tx.query<{ model: string; poller: string }>(
      'select model, poller from selecting where model = any ($1) order by model for share',
      [[...new Set(asking.map(({ model }) => model))]],
    );
    const pollers = new Map(rows.map(({ model, poller }) => [model, poller]));
    await tx.query("select tell_errand('select', name) from unnest($1::text[]) as p (name)", [
      [...new Set(asking.flatMap(({ model }) => pollers.get(model) ?? []))],
    ]);
    const held = asking.filter(({ isHeld, model }) => isHeld && pollers.has(model));
    await tx.query('delete from outbox where id = any ($1::bigint[])', [held.flatMap(({ rows }) => rows)]);
    return held;
  });
}

/** How a step that chooses keeps up, and what its last answer was. */
export interface PollerStatus {
  readonly name: string;
  readonly synchronizer: string;
  readonly everyMs: number;
  readonly due: Date;
  readonly fault: string | null;
}

/** List the steps that choose, by name. */
export function readPollers(database: Database): Promise<PollerStatus[]> {
  return database.query<PollerStatus>(
    'select name, synchronizer, every_ms as "everyMs", due, fault from pollers order by name',
  );
}
