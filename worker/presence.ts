import type { Log } from '../log.ts';
import { RestoredError } from '../store/restored.ts';
import { announceWorker, withdrawWorker } from '../store/workers.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 10_000;

export interface Presence {
  /** Rejects when the database has become another one, which may know nothing of what this worker has registered. */
  readonly ousted: Promise<never>;
  stop(): Promise<void>;
}

/** Say now and then that this worker lives, so that people see who does what, and what waits for a worker. */
export async function announce(
  store: Store,
  worker: { readonly name: string; readonly synchronizer: string },
  log: Log,
): Promise<Presence> {
  const { promise: ousted, reject } = Promise.withResolvers<never>();
  // Whoever awaits it hears of it.
  ousted.catch(() => undefined);
  const say = async (): Promise<void> => {
    await announceWorker(store.database, worker).catch((error: unknown) => {
      if (error instanceof RestoredError) reject(error);
      log.warn({ err: error }, 'worker could not say that it lives; trying again by itself');
    });
  };
  await say();
  const timer = setInterval(() => void say(), EVERY_MS);
  return {
    ousted,
    async stop() {
      clearInterval(timer);
      await withdrawWorker(store.database, worker.name).catch(() => undefined);
    },
  };
}
