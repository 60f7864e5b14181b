import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startWorkerProcess, type WorkerProcess } from '../../cli/worker-process.ts';
import { temporaryFolder } from '../support/folder.ts';

/** What stands for `accord worker`: a Node that runs this. */
async function start(code: string, logFile?: string): Promise<WorkerProcess> {
  const one = await startWorkerProcess([process.execPath, '--eval', code], {
    env: process.env,
    logFile: logFile ?? join(await temporaryFolder(), 'worker.log'),
  });
  onTestFinished(async () => {
    await one.kill();
  });
  return one;
}

test('a worker is ready when it says so to who started it, however little it logs', async () => {
  const quiet = await start(`process.send('ready'); setInterval(() => {}, 1000);`);
  expect(await quiet.ready).toBe(true);
  expect(quiet.lastWords()).toBe('');
});

test('a worker that ends before has not been ready, whatever it logs; and what it said last is kept', async () => {
  const logFile = join(await temporaryFolder(), 'worker.log');
  const hasty = await start(`console.log('worker is ready'); console.error('no'); process.exit(1);`, logFile);
  expect(await hasty.ready).toBe(false);
  expect(hasty.lastWords().split('\n').sort()).toEqual(['no', 'worker is ready']);
  await expect.poll(() => readFile(logFile, 'utf8')).toContain('no\n');
});
