import { afterAll, beforeAll, expect, test } from 'vitest';
import { startInstallation, type Installation } from './installation.ts';
import { liveOnce } from './one-life.ts';
import { witnessStep, type Witness } from './witness.ts';

/** Seeds that once broke a promise. */
const REGRESSIONS: readonly number[] = [];

/** `npm run soak` lives longer. */
const FRESH_MS = Number(process.env['ACCORD_RANDOM_MS'] ?? 60_000);
/** Lives that share an installation, and its restarts, at a time. */
const AT_ONCE = 4;

const witnesses = new Map<string, Witness>();
let installation: Installation;

beforeAll(async () => {
  installation = await startInstallation((model) =>
    witnessStep(model, (life) => {
      const witness = witnesses.get(life);
      if (witness === undefined) throw new Error(`no witness for the life ${life}`);
      return witness;
    }),
  );
});
afterAll(() => installation.stop());

async function judge(seed: number): Promise<void> {
  const { problems, deeds } = await liveOnce(installation, witnesses, seed);
  expect(problems, `seed ${seed}; what people did:\n${deeds.join('\n')}`).toEqual([]);
}

test.each(REGRESSIONS)('the random life of seed %i keeps every promise now', judge, 120_000);

test(
  'random lives keep every promise',
  async () => {
    const deadline = performance.now() + FRESH_MS;
    let lives = 0;
    // The seed is the case: there is nothing to shrink.
    while (performance.now() < deadline) {
      const seed = 1 + Math.floor(Math.random() * 2 ** 31);
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => judge(seed + index)));
      lives += AT_ONCE;
    }
    console.log(`${lives} random lives kept every promise`);
  },
  FRESH_MS + 180_000,
);
