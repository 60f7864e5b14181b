import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { resyncDue } from '../store/resync.ts';
import type { Store } from '../store/store.ts';

/** Objects at a time: few enough to lock at once. */
const BATCH = 200;

/** A step that asks for resyncs may be registered at any time. */
const LONGEST_NAP_MS = 10_000;

/**
 * Resync clean objects when they are due (`resyncEveryMs`), as long as this process lives.
 *
 * When that is stands in each object's row: nothing is kept here, and any number of relays share the work.
 */
export function startResyncs({ store, log }: { readonly store: Store; readonly log: Log }): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const ms = await resyncDue(store.database, BATCH).catch((error: unknown) => {
        log.warn({ err: error }, 'objects that are due could not be resynced; trying again by itself');
        return null;
      });
      // A millisecond at least: what is due may be locked by another relay.
      const napMs = Math.min(Math.max(ms ?? LONGEST_NAP_MS, 1), LONGEST_NAP_MS);
      await sleep(napMs, undefined, { signal: stopping.signal }).catch(() => undefined);
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
