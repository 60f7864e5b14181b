import type { Installation } from './installation.ts';
import { createRandom } from './random.ts';
import { check, encourage, live, settle } from './run.ts';
import { createWitness, type Witness } from './witness.ts';

export interface Verdict {
  /** Broken promises; empty when all were kept. */
  readonly problems: readonly string[];
  readonly deeds: readonly string[];
}

/** Live one random life on the real engine, and judge it. */
export async function liveOnce(
  { store, restart }: Installation,
  witnesses: Map<string, Witness>,
  seed: number,
  size = 30,
  edits = 50,
): Promise<Verdict> {
  const random = createRandom(seed);
  const moods = createRandom(seed ^ 0x5bd1e995);
  const witness = createWitness(
    (probability) => moods.chance(probability),
    (below) => moods.int(below),
  );
  const name = String(seed);
  witnesses.set(name, witness);
  const life = await live(name, store, random, size, edits, () => restart(random.int(2)));
  witness.calm(true);
  await encourage(store, life);
  const hasSettled = await settle(store, life, 60_000);
  const problems = [...witness.violations, ...(await check(store, witness, life))];
  if (!hasSettled) problems.unshift('it did not come to rest');
  const found = await store.database.query<{ object_id: number }>(
    "select object_id from events where kind = 'found by the sweep' and object_id = any ($1::bigint[])",
    [life.refs.map(({ id }) => id)],
  );
  for (const { object_id } of found) {
    problems.push(`the sweep found ${object_id}, although no process was killed`);
  }
  return { problems, deeds: life.deeds };
}
