import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../platform/process.ts';
import { bringUp } from '../platform/up.ts';
import { median, quantile } from './figures.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(ROOT, 'synchronizers/exampleservice');
const ACCORD = join(ROOT, 'cli/accord.js');

/** Measure how long a worker takes until it is ready: from the folder of its sources, and from what was built of it. */
export async function benchStart(rounds = 7): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  const platform = await bringUp({ dir, parts: ['postgres', 'temporal'] });
  const { databaseUrl, temporalAddress } = platform;
  const env = { ...process.env, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress };
  try {
    const built = join(dir, 'built');
    const building = await startProcess(process.execPath, [ACCORD, 'build', FOLDER, '--output', built]);
    if ((await building.ended).code !== 0) throw new Error('accord build has failed');
    const [sources, build]: [number[], number[]] = [[], []];
    // Alternately, so that what else the machine does is shared; the first of each does not count.
    for (let round = 0; round <= rounds; round += 1) {
      const ms = [
        await untilReady([ACCORD, 'worker', FOLDER], env),
        await untilReady([join(built, 'main.js')], env),
      ] as const;
      if (round === 0) continue;
      sources.push(ms[0]);
      build.push(ms[1]);
    }
    const ratios = build.map((ms, round) => ms / (sources[round] ?? ms));
    const shown = (values: readonly number[], digits: number): string =>
      [median(values), quantile(values, 0), quantile(values, 1)].map((one) => one.toFixed(digits)).join('  ');
    console.log(`until a worker is ready, ${rounds} rounds    median  least  most`);
    console.log(`from the folder, ms    ${shown(sources, 0)}`);
    console.log(`built, ms              ${shown(build, 0)}`);
    console.log(`built : folder         ${shown(ratios, 2)}`);
  } finally {
    await platform.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function untilReady(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  const worker = await startProcess(process.execPath, args, {
    env,
    onLine: (line) => {
      if (line.includes('worker is ready')) resolve(performance.now() - began);
    },
    graceSeconds: 60,
  });
  const ms = await Promise.race([promise, worker.ended.then(() => undefined)]);
  await worker.stop();
  if (ms === undefined) throw new Error('the worker has ended before it was ready');
  return ms;
}
