import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../platform/process.ts';
import { bringUp } from '../platform/up.ts';
import { median, quantile } from './quantiles.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What is started: from the folder of its sources, and from what was built of it. */
interface Legs {
  readonly where: string;
  readonly folder: readonly string[];
  readonly built: readonly string[];
}

/** Measure how long a worker takes until it is ready, of this clone and of the package. */
export async function benchStart(rounds = 7): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  const platform = await bringUp({ dir, parts: ['postgres', 'temporal'] });
  const { databaseUrl, temporalAddress } = platform;
  const env = { ...process.env, DATABASE_URL: databaseUrl, TEMPORAL_ADDRESS: temporalAddress };
  try {
    console.log(`until a worker is ready, ${rounds} rounds    median  least  most`);
    for (const legs of [await inClone(dir), await inPackage(dir)]) await compare(legs, env, rounds);
  } finally {
    await platform.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The example. */
async function inClone(dir: string): Promise<Legs> {
  const folder = join(ROOT, 'synchronizers/exampleservice');
  const accord = join(ROOT, 'cli/accord.js');
  const built = join(dir, 'built');
  await execa(process.execPath, [accord, 'build', folder, '--output', built]);
  return { where: 'the clone', folder: [accord, 'worker', folder], built: [join(built, 'main.js')] };
}

/** What `accord new` makes, outside of the clone. */
async function inPackage(dir: string): Promise<Legs> {
  const { stdout } = await execa('npm', ['pack', '--silent', '--pack-destination', dir], { cwd: ROOT });
  await execa('npm', ['init', '--yes'], { cwd: dir });
  const pack = join(dir, stdout.trim().split('\n').at(-1) ?? '');
  await execa('npm', ['install', '--no-audit', '--no-fund', pack, 'typescript@6'], { cwd: dir });
  const accord = join(dir, 'node_modules/.bin/accord');
  await execa(process.execPath, [accord, 'new', 'web', '--plain'], { cwd: dir });
  const folder = join(dir, 'web');
  await execa(process.execPath, [accord, 'build', folder]);
  return { where: 'the package', folder: [accord, 'worker', folder], built: [join(folder, 'dist/main.js')] };
}

async function compare(
  { where, folder, built }: Legs,
  env: NodeJS.ProcessEnv,
  rounds: number,
): Promise<void> {
  const [sources, build]: [number[], number[]] = [[], []];
  // Alternately, so that what else the machine does is shared; the first of each does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const ms = [await untilReady(folder, env), await untilReady(built, env)] as const;
    if (round === 0) continue;
    sources.push(ms[0]);
    build.push(ms[1]);
  }
  const ratios = build.map((ms, round) => ms / (sources[round] ?? ms));
  const shown = (values: readonly number[], digits: number): string =>
    [median(values), quantile(values, 0), quantile(values, 1)].map((one) => one.toFixed(digits)).join('  ');
  console.log(`${where}, from the folder, ms    ${shown(sources, 0)}`);
  console.log(`${where}, built, ms              ${shown(build, 0)}`);
  console.log(`${where}, built : folder         ${shown(ratios, 2)}`);
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
