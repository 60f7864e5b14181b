import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actors } from './code.ts';
import { startInstallation, type Installation } from './installation.ts';
import { liveOnce } from './one-life.ts';
import { REGRESSIONS } from './seeds.ts';

/** `npm run soak` lives longer, or one seed again and again. */
const FRESH_MS = Number(process.env['ACCORD_RANDOM_MS'] ?? 60_000);
const MOST_LIVES = Number(process.env['ACCORD_RANDOM_LIVES'] ?? Infinity);
const ONE_SEED = process.env['ACCORD_RANDOM_SEED'];
/** Lives that share an installation, and its restarts, at a time. */
const AT_ONCE = Number(process.env['ACCORD_RANDOM_AT_ONCE'] ?? 6);

const actors = new Map<string, Actors>();
let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation((life) => {
    const its = actors.get(life);
    if (its === undefined) throw new Error(`nobody knows the life ${life}`);
    return its;
  });
});
afterAll(() => installation.stop());

/** What was wrong with a life, for whoever has to find out why; empty: nothing. And how much happened in it. */
async function judge(seed: number): Promise<{ fault: string; calls: number }> {
  const { problems, deeds, why, calls } = await liveOnce(installation, actors, seed);
  if (problems.length === 0) return { fault: '', calls };
  const fault = [`seed ${seed}:`, ...problems, 'what people did:', ...deeds, 'what is known:', why].join(
    '\n',
  );
  return { fault, calls };
}

test.each(REGRESSIONS)(
  'the random life of seed %i keeps every promise now',
  async (seed) => {
    expect((await judge(seed)).fault).toBe('');
  },
  400_000,
);

test(
  'random lives keep every promise',
  async () => {
    const deadline = performance.now() + FRESH_MS;
    const first = Number(ONE_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31));
    const faults: string[] = [];
    let begun = 0;
    let calls = 0;
    // The seed is the case: there is nothing to shrink.
    const liveOn = async (): Promise<void> => {
      while (performance.now() < deadline && begun < MOST_LIVES) {
        const seed = ONE_SEED === undefined ? first + begun : first;
        begun += 1;
        if (begun % 25 === 0)
          console.log(`${begun} random lives begun, ${faults.length} with a fault; from seed ${first} on`);
        const life = await judge(seed);
        calls += life.calls;
        if (life.fault === '') continue;
        console.error(life.fault);
        faults.push(life.fault);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, liveOn));
    console.log(`${begun} random lives from seed ${first} on, in which steps were called ${calls} times`);
    const visits = await installation.store.database.query(
      "select detail from events where kind = 'found by the sweep' and object_id is null",
    );
    expect(visits, 'visits that the sweep had to make').toEqual([]);
    expect(faults.length, faults.join('\n')).toBe(0);
    // Lives in which nothing happens show nothing.
    expect(calls).toBeGreaterThan(begun * 3);
  },
  FRESH_MS + 400_000,
);
