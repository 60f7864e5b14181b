import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { PlaybookError } from '../../backend/playbook-error.ts';
import { ansible, createBench, play } from './playbooks.ts';
import { processesWith, until } from './processes.ts';

/** Processes that try to get away: another session, another parent, a signal that they ignore. */
const stubborn = (seconds: string): string =>
  play(`
- command: sh -c "setsid sleep ${seconds} & trap '' TERM HUP INT; (sleep ${seconds} &); sleep ${seconds}; true"`);

/** A number of seconds to sleep that tells the processes of one test from all others. */
const mark = (): string => `${randomInt(10_000, 99_999)}.${randomInt(100_000, 999_999)}`;

const FIXTURE = fileURLToPath(new URL('./worker-fixture.ts', import.meta.url));

describe('no process is left', () => {
  test.for(['cancelled', 'timeout'] as const)('of a job that was ended: %s', async (how) => {
    const bench = await createBench();
    const seconds = mark();
    const controller = new AbortController();
    const run = bench
      .fail(stubborn(seconds), { signal: controller.signal, timeoutMs: how === 'timeout' ? 6_000 : 60_000 })
      .then((error: PlaybookError) => ({ error, at: performance.now() }));
    await until('the job runs', async () => (await processesWith(`sleep\0${seconds}`)).length === 3);
    const startedAt = performance.now();
    if (how === 'cancelled') controller.abort();
    const { error, at } = await run;
    expect(error.code).toBe(how === 'cancelled' ? 'E_PLAYBOOK_CANCELLED' : 'E_PLAYBOOK_TIMEOUT');
    expect(await processesWith(seconds)).toEqual([]);
    if (how === 'cancelled') expect(at - startedAt).toBeLessThan(2_000);
  });

  test('of a job that ends by itself', async () => {
    const bench = await createBench();
    const seconds = mark();
    await bench.run(play(`- shell: "setsid sleep ${seconds} >/dev/null 2>&1 &"`));
    expect(await processesWith(seconds)).toEqual([]);
  });

  test('when the worker is killed, nor of its dispatcher', async () => {
    const bench = await createBench();
    const seconds = mark();
    const playbook = await bench.write('playbook.yaml', stubborn(seconds));
    const request = { ansible, playbook, variables: {}, runDir: bench.runDir, timeoutMs: 60_000 };
    const worker = spawn(process.execPath, [FIXTURE, JSON.stringify(request)], { stdio: 'inherit' });
    await until('the job runs', async () => (await processesWith(`sleep\0${seconds}`)).length === 3);
    const dispatcher = await childOf(worker.pid ?? 0);
    worker.kill('SIGKILL');
    await until('all are gone', async () => (await processesWith(seconds)).length === 0);
    await until('its dispatcher too', async () => (await commandOf(dispatcher)) === '');
  });
});

async function childOf(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0]);
}

async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
