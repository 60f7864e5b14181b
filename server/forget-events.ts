import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { forgetEvents } from '../store/events.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 3_600_000;
const BATCH = 5_000;

/** Forget, once an hour, what has happened so many days ago. Any number of servers may do so. */
export function startForgettingEvents(
  { store, log }: { readonly store: Store; readonly log: Log },
  days: number,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const run = async (): Promise<void> => {
    while (!isStopping()) {
      try {
        while (!isStopping() && (await forgetEvents(store.database, days, BATCH)) === BATCH);
      } catch (error) {
        log.warn({ err: error }, 'old events could not be forgotten; trying again in an hour');
      }
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
