import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { StoreUnavailable } from './errors.ts';
import type { Store } from './store.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * Bring the database to this version's schema, however long it takes to reach it, and say so.
 *
 * @throws what is not a matter of time: a newer schema, a wrong password; or when `signal` is aborted
 */
export async function awaitDatabase(store: Store, log: Log, signal?: AbortSignal): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await store.ensureSchema();
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn({ reason: error.message, retry_in_ms: waitMs }, 'database cannot be reached, trying again');
      await sleep(waitMs, undefined, { signal });
    }
  }
}
