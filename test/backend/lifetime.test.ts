import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PlaybookError } from '../../backend/playbook-error.ts';
import { ansible, createBench, play } from './playbooks.ts';
import { processesWith, until } from './processes.ts';

/** Processes that try to get away: another session, another parent, deaf to signals. */
const stubborn = (seconds: string): string =>
  play(`
- command: sh -c "setsid sleep ${seconds} & trap '' TERM HUP INT; (sleep ${seconds} &); sleep ${seconds}; true"`);

/** Two Pythons and a Node are started; on a busy machine that takes a while. */
const PATIENCE_MS = 60_000;

/** A number of seconds to sleep that tells the processes of one test from all others. */
const mark = (): string => `${randomInt(10_000, 99_999)}.${randomInt(100_000, 999_999)}`;

const sleepers = async (seconds: string): Promise<number> =>
  (await processesWith(`sleep\0${seconds}`)).length;

describe('no process is left', { timeout: 120_000 }, () => {
  test.for(['cancelled', 'timeout'] as const)('of a job that was ended: %s', async (how) => {
    const bench = await createBench();
    const seconds = mark();
    const controller = new AbortController();
    const run = bench
      .fail(stubborn(seconds), { signal: controller.signal, timeoutMs: how === 'timeout' ? 15_000 : 60_000 })
      .then((error: PlaybookError) => ({ error, at: performance.now() }));
    await until('the job runs', async () => (await sleepers(seconds)) === 3, PATIENCE_MS);
    const startedAt = performance.now();
    if (how === 'cancelled') controller.abort();
    const { error, at } = await run;
    expect(error.code).toBe(how === 'cancelled' ? 'E_PLAYBOOK_CANCELLED' : 'E_PLAYBOOK_TIMEOUT');
    expect(await processesWith(seconds)).toEqual([]);
    if (how === 'cancelled') expect(at - startedAt).toBeLessThan(3_000);
  });

  test('of a job that ends by itself', async () => {
    const bench = await createBench();
    const seconds = mark();
    await bench.run(play(`- shell: "setsid sleep ${seconds} >/dev/null 2>&1 &"`));
    expect(await processesWith(seconds)).toEqual([]);
  });
});

interface Scene {
  readonly worker: ChildProcess;
  readonly pids: Readonly<Record<'worker' | 'dispatcher' | 'supervisor' | 'job', number>>;
  readonly seconds: string;
  /** What the worker has printed when it has ended. */
  readonly said: Promise<string>;
}

/** A worker, in the middle of a run, that will begin another. */
async function setScene(mode: 'warm' | 'cold', renewWithinSeconds = 20): Promise<Scene> {
  const bench = await createBench();
  const seconds = mark();
  const common = { variables: {}, runDir: bench.runDir, timeoutMs: 60_000 };
  const requests = [
    { ...common, playbook: await bench.write('stubborn.yaml', stubborn(seconds)) },
    { ...common, playbook: await bench.write('quick.yaml', play('- debug: {msg: x}')) },
  ];
  const playbooksDir = join(bench.folder, 'playbooks');
  const options = { ansible, playbooksDir, mode, renewWithinSeconds };
  const fixture = fileURLToPath(new URL('./worker-fixture.ts', import.meta.url));
  const worker = spawn(process.execPath, [fixture, JSON.stringify({ options, requests })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void worker.kill('SIGKILL'));
  const said = text(worker.stdout);
  await until('the job runs', async () => (await sleepers(seconds)) === 3, PATIENCE_MS);
  const dispatcher = await childOf(worker.pid ?? 0);
  const supervisor = await childOf(dispatcher);
  const pids = { worker: worker.pid ?? 0, dispatcher, supervisor, job: await childOf(supervisor) };
  return { worker, pids, seconds, said };
}

async function childOf(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8')),
  );
  return Number(lists.join(' ').trim().split(' ')[0]);
}

const isGone = async (pid: number): Promise<boolean> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) === '';

describe.for(['warm', 'cold'] as const)('a %s run', { timeout: 180_000 }, (mode) => {
  test.for([
    ['job', 'SIGTERM'],
    ['job', 'SIGKILL'],
    ['supervisor', 'SIGTERM'],
    ['supervisor', 'SIGKILL'],
    ['dispatcher', 'SIGTERM'],
    ['dispatcher', 'SIGKILL'],
  ] as const)('whose %s gets %s leaves nothing, and the next run is fine', async ([target, signal]) => {
    const { pids, seconds, said } = await setScene(mode);
    process.kill(pids[target], signal);
    const [first, second] = (await said).split('\n');
    expect(first).toMatch(/^E_PLAYBOOK_KILLED|^E_ANSIBLE$/);
    expect(second).toMatch(/^localhost : ok=1 /);
    expect(await processesWith(seconds)).toEqual([]);
    await until('all are gone', async () =>
      (await Promise.all(Object.values(pids).map(isGone))).every(Boolean),
    );
  });

  test.for(['SIGTERM', 'SIGKILL'] as const)('whose worker gets %s leaves nothing', async (signal) => {
    const { worker, pids, seconds } = await setScene(mode);
    worker.kill(signal);
    await once(worker, 'exit');
    await until('the job is gone', async () => (await processesWith(seconds)).length === 0, 5_000);
    await until('all are gone', async () =>
      (await Promise.all(Object.values(pids).map(isGone))).every(Boolean),
    );
  });
});

test('a job ends when its worker is frozen, and the worker learns of it', { timeout: 120_000 }, async () => {
  const { worker, seconds, said } = await setScene('cold', 2);
  worker.kill('SIGSTOP');
  await until('the job is gone', async () => (await processesWith(seconds)).length === 0);
  worker.kill('SIGCONT');
  expect(await said).toMatch(/^E_PLAYBOOK_KILLED\nlocalhost : ok=1 /);
});
