import type { Ref } from '../model/definition.ts';
import type { Guess } from '../plan/guesses.ts';
import type { Queryable } from './database.ts';

/** What there is to be guessed about, by id. */
export interface Guessing extends Ref {
  readonly deleted: boolean;
  /** Others may have to wait for it. */
  readonly holds: boolean;
}

/** A dependency that cannot be evaluated may be on any of that model: on ten, as for those who wait. */
export async function guessesOf(tx: Queryable, rows: readonly Guessing[]): Promise<Guess[]> {
  const models = await tx.query<{ model: string; leaves: string[] }>(
    `select m.name as model, array_agg(distinct x.name) as leaves from models m
      cross join lateral jsonb_array_elements(m.dependencies) d cross join lateral unnest(leaves_of(d ->> 'destModel')) x (name)
      where d ->> 'kind' = 'conservative' group by m.name`,
  );
  return guessesAmong(rows, new Map(models.map(({ model, leaves }) => [model, leaves])));
}

const MOST = 10;

/**
 * The same, of rows by id.
 *
 * Cost: O(rows), for it is asked in an open transaction, and of ten thousand.
 *
 * @param leavesOf by model, whose objects its own may depend on
 */
export function guessesAmong(
  rows: readonly Guessing[],
  leavesOf: ReadonlyMap<string, readonly string[]>,
): Guess[] {
  const holding = Map.groupBy(
    rows.filter(({ holds }) => holds),
    ({ model }) => model,
  );
  // One more than is needed: an object does not wait for itself.
  const firstOf = (leaves: readonly string[]): Guessing[] =>
    leaves
      .flatMap((leaf) => (holding.get(leaf) ?? []).slice(0, MOST + 1))
      .sort((a, b) => a.id - b.id)
      .slice(0, MOST + 1);
  const meant = new Map([...leavesOf].map(([model, leaves]) => [model, firstOf(leaves)]));
  return rows.flatMap((from) => {
    const first = from.deleted ? undefined : meant.get(from.model);
    return first === undefined ? [] : [{ from, to: first.filter(({ id }) => id !== from.id).slice(0, MOST) }];
  });
}
