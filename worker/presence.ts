import type { Log } from '../log.ts';
import { announceWorker, withdrawWorker } from '../store/workers.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 10_000;

/** Say now and then that this worker lives, so that people see who does what, and what waits for a worker. */
export async function announce(
  store: Store,
  worker: { readonly name: string; readonly synchronizer: string },
  log: Log,
): Promise<{ stop: () => Promise<void> }> {
  const say = async (): Promise<void> => {
    await announceWorker(store.database, worker).catch((error: unknown) => {
      log.warn({ err: error }, 'worker could not say that it lives; trying again by itself');
    });
  };
  await say();
  const timer = setInterval(() => void say(), EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await withdrawWorker(store.database, worker.name).catch(() => undefined);
    },
  };
}
