import type { Actors } from './code.ts';
import { erase } from './erase.ts';
import { glance } from './glance.ts';
import { explain } from './explain.ts';
import type { Installation } from './installation.ts';
import { gather, judgeObjects, judgeRelations } from './judge.ts';
import { judgeLog, judgeTables } from './judge-log.ts';
import { openLedger } from './ledger.ts';
import { live } from './live.ts';
import { createMoods } from './moods.ts';
import { createOnlooker } from './onlooker.ts';
import { createPeople } from './people.ts';
import { createRandom } from './random.ts';
import { letGo, objectsOf, settle, takeDown } from './settle.ts';
import { createWitness } from './witness.ts';

export interface Verdict {
  /** Broken promises; empty when all were kept. */
  readonly problems: readonly string[];
  readonly deeds: readonly string[];
  /** What the tables and Temporal know of the objects that problems are about. */
  readonly why: string;
  /** How often steps were called. */
  readonly calls: number;
}

/** Something moves at least so often until a life has come to rest, on a machine that may be busy. */
const STILL_MS = 90_000;

/** Live one random life on the real engine, and judge it; some are taken down in the end, and judged once more. */
export async function liveOnce(
  installation: Installation,
  actors: Map<string, Actors>,
  seed: number,
  { stillMs = STILL_MS }: { readonly stillMs?: number } = {},
): Promise<Verdict> {
  const { store, restart } = installation;
  const life = String(seed);
  const random = createRandom(seed);
  const ledger = openLedger();
  const moods = createMoods(seed);
  const witness = createWitness(ledger, moods);
  const onlooker = createOnlooker(ledger, moods);
  actors.set(life, { witness, onlooker, moods, named: new Map() });
  const people = createPeople(installation, life, ledger, random);
  const problems: string[] = [];
  let why = '';

  const judge = async (): Promise<void> => {
    const hasSettled = await settle(store, life, people, ledger, stillMs);
    if (!hasSettled) problems.push('it did not come to rest');
    const evidence = await gather(store, witness, ledger, [
      ...people.refs,
      ...(await objectsOf(store, life, people)),
    ]);
    problems.push(
      ...witness.violations(),
      ...(await judgeObjects(evidence)),
      ...(await judgeRelations(evidence)),
      ...(await judgeLog(evidence)),
      ...(await judgeTables(evidence)),
      ...onlooker.violations(people.refs, evidence.objects),
    );
  };
  try {
    // Many small ones find more than few large ones; but some things need a crowd.
    const size = random.chance(0.1)
      ? { size: 30 + random.int(15), edits: 80 }
      : { size: 4 + random.int(9), edits: 8 + random.int(20) };
    await live(people, random, size, restart, async () => {
      problems.push(...(await glance(store, people, witness, ledger, random)));
    });
    moods.calm();
    await letGo(store, life, people);
    await judge();
    if (problems.length === 0 && random.chance(0.3)) {
      await takeDown(store, life, people);
      await judge();
    }
    const refs = [...people.refs, ...(await objectsOf(store, life, people))];
    if (problems.length > 0) why = await explain(store, refs, problems);
  } finally {
    while (await people.resume());
    await erase(store, life, people);
    actors.delete(life);
  }
  return { problems: [...new Set(problems)], deeds: people.deeds, why, calls: witness.calls.length };
}
