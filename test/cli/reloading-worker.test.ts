import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startReloadingWorker, type ReloadingWorker } from '../../cli/reloading-worker.ts';
import type { WorkerProcess } from '../../cli/worker-process.ts';
import type { Exit } from '../../platform/process.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';

/** Workers that are no processes: each is ready at once, and runs until it is stopped. */
function workers(): { readonly start: () => Promise<WorkerProcess>; readonly running: () => number } {
  let running = 0;
  const start = async (): Promise<WorkerProcess> => {
    running += 1;
    const ended = Promise.withResolvers<Exit>();
    const stop = async (): Promise<Exit> => {
      ended.resolve({ code: 0, signal: null });
      return ended.promise;
    };
    const drained = ended.promise.then(() => {
      running -= 1;
    });
    const hasEnded = (): boolean => false;
    const lastWords = (): string => '';
    return {
      pid: 1,
      ended: ended.promise,
      drained,
      hasEnded,
      stop,
      kill: stop,
      ready: Promise.resolve(true),
      lastWords,
    };
  };
  return { start, running: () => running };
}

async function run(
  folder: string,
  start: () => Promise<WorkerProcess>,
): Promise<{ readonly worker: ReloadingWorker; readonly told: readonly string[] }> {
  const told: string[] = [];
  const worker = await startReloadingWorker(
    folder,
    start,
    (said) => new Error(said),
    (sentence) => void told.push(sentence),
  );
  onTestFinished(worker.stop);
  return { worker, told };
}

test('a worker whose folder cannot be watched does its work, and it is told that changes are not noticed', async () => {
  const folder = join(await temporaryFolder(), 'lamps');
  const { start, running } = workers();
  const { worker, told } = await run(folder, start);
  expect(told).toEqual([
    expect.stringMatching(`^changes of ${folder} are not noticed, start this anew after one: ENOENT`),
  ]);
  expect(running()).toBe(1);
  await worker.stop();
  expect(running()).toBe(0);
});

test('a worker goes on when the one in its place cannot be started, and the next change is noticed', async () => {
  const folder = join(await temporaryFolder(), 'lamps');
  await mkdir(folder);
  const { start, running } = workers();
  const outcomes = [start, () => Promise.reject(new Error('spawn EAGAIN')), start];
  const { worker, told } = await run(folder, () => (outcomes.shift() ?? start)());
  const tells = (sentence: string): Promise<string> =>
    waitFor(
      sentence,
      () => told.find((one) => one === sentence),
      () => told,
    );
  await writeFile(join(folder, 'one.ts'), '');
  await tells('lamps has changed and cannot be loaded; what was loaded before goes on: spawn EAGAIN');
  expect(running()).toBe(1);
  await writeFile(join(folder, 'two.ts'), '');
  await tells('lamps was loaded anew');
  await worker.stop();
  expect(running()).toBe(0);
});
