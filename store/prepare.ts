import type { Database } from './database.ts';

/** What an object needs now (design 3.4). `token` fences the attempt that follows from it. */
export type Prepared =
  | { readonly decision: 'nothing' }
  /** What it depends on besides its links is for its step to say, of this generation. */
  | { readonly decision: 'evaluate'; readonly generation: number }
  | { readonly decision: 'wait'; readonly waitMs: number | null; readonly waitsFor: readonly string[] }
  | {
      readonly decision: 'police' | 'sync' | 'delete';
      readonly token: number;
      readonly generation: number;
      readonly version: number;
    };

/** Decide what an object needs now, and write down what it waits for. */
export async function prepare(database: Database, id: number): Promise<Prepared> {
  const prepared = (await prepareEach(database, [id], 0)).get(id);
  if (prepared === undefined) throw new Error(`prepare had no answer for ${id}`);
  return prepared;
}

/**
 * Decide what each object needs now, each in a transaction of its own, all in one trip.
 *
 * @param patienceMs how long each may take to be had from who holds it; 0: for ever
 * @returns by id; without those that others hold
 */
export async function prepareEach(
  database: Database,
  ids: readonly number[],
  patienceMs: number,
): Promise<ReadonlyMap<number, Prepared>> {
  if (ids.length === 0) return new Map();
  const [row] = await database.repeat<{ answers: readonly Answer[] }>(
    'prepare_each',
    "call prepare_each($1, '[]', $2)",
    [ids, `${patienceMs}ms`],
  );
  return new Map((row?.answers ?? []).map((answer) => [answer.id, preparedOf(answer)]));
}

interface Answer {
  readonly id: number;
  readonly decision: Prepared['decision'];
  readonly token: number;
  readonly generation: number;
  readonly version: number;
  readonly wait_ms: number | null;
  readonly waits_for: readonly string[] | null;
}

function preparedOf({ decision, token, generation, version, wait_ms, waits_for }: Answer): Prepared {
  switch (decision) {
    case 'nothing':
      return { decision };
    case 'evaluate':
      return { decision, generation };
    case 'wait':
      return { decision, waitMs: wait_ms, waitsFor: waits_for ?? [] };
    case 'police':
    case 'sync':
    case 'delete':
      return { decision, token, generation, version };
  }
}
