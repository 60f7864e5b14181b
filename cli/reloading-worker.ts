import { basename } from 'node:path';
import type { Progress } from '../platform/progress.ts';
import { watchSources } from './folder-changes.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker that is replaced when its author's code changes. */
export interface ReloadingWorker {
  /** Rejects when it ends by itself, with what it said last. */
  readonly failed: Promise<never>;
  readonly stop: () => Promise<void>;
}

/**
 * Run a worker, and with each change of its synchronizer's folder a fresh one in its place.
 *
 * Only a process of its own reads all modules anew, imported ones included. The one before is stopped, in good order,
 * when the fresh one takes work; where that cannot be loaded, it is told why, and the one before goes on.
 *
 * @param start starts such a process
 * @param fail makes an error of what one that has ended said last
 */
export async function startReloadingWorker(
  folder: string,
  start: () => Promise<WorkerProcess>,
  fail: (lastWords: string) => Error,
  onProgress: Progress,
): Promise<ReloadingWorker> {
  const name = basename(folder);
  const cannotBeLoaded = `${name} has changed and cannot be loaded; what was loaded before goes on`;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let current: WorkerProcess;
  let fresh: WorkerProcess | undefined;
  const leaving = new Set<Promise<unknown>>();
  let isStopping = false;

  const take = (worker: WorkerProcess): void => {
    current = worker;
    void worker.drained.then(() => {
      if (current === worker && !isStopping) failed.reject(fail(worker.lastWords()));
    });
  };
  const replace = async (): Promise<void> => {
    fresh = await start();
    // Asked to stop meanwhile: nobody else knows of it.
    const isReady = !isStopping && (await fresh.ready);
    if (isStopping) {
      await fresh.stop();
      return;
    }
    if (!isReady) {
      onProgress(`${cannotBeLoaded}:\n${fresh.lastWords()}`);
      return;
    }
    const before = current;
    take(fresh);
    onProgress(`${name} was loaded anew`);
    const left = before.stop().finally(() => leaving.delete(left));
    leaving.add(left);
  };

  let replacing: Promise<void> | undefined;
  let isDue = false;
  const onChange = (): void => {
    isDue = true;
    replacing ??= (async () => {
      while (isDue && !isStopping) {
        isDue = false;
        await replace().catch((error: unknown) => onProgress(`${cannotBeLoaded}: ${reasonOf(error)}`));
      }
      replacing = undefined;
    })();
  };

  take(await start());
  // The worker does its work without: a system lets only so many folders be watched.
  const watching = await watchSources(folder, onChange).catch((error: unknown) => {
    onProgress(`changes of ${folder} are not noticed, start this anew after one: ${reasonOf(error)}`);
    return undefined;
  });
  return {
    failed: failed.promise,
    async stop() {
      isStopping = true;
      watching?.close();
      await fresh?.stop();
      await current.stop();
      await replacing;
      await Promise.all(leaving);
    },
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
