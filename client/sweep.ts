import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { isMySweep, sweepCandidates, sweepFound } from '../store/sweep.ts';
import { overdueVisits, visitsFound } from '../store/sweep-visits.ts';
import { attendIdOf, workflowIdOf } from '../workflows/messages.ts';
import { isNotFound } from './temporal.ts';

/** Candidates that are asked for in Temporal at a time. */
const BATCH = 20;

/** A workflow that is busy is left alone for this long; then it is signalled all the same. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Look, now and then, for work that nobody does: one relay of all at a time (design 3.3).
 *
 * It brings back what a lost Temporal, a terminated workflow or a deleted outbox row took away. With every
 * process healthy it finds nothing.
 */
export function startSweep(options: {
  readonly store: Store;
  readonly client: Client;
  readonly log: Log;
  readonly everyMs: number;
}): { stop(): Promise<void> } {
  const { store, client, log, everyMs } = options;
  const stopping = new AbortController();

  const isStopping = (): boolean => stopping.signal.aborted;
  const run = async (): Promise<void> => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      try {
        // A little early rather than a round late: the others' clocks tick as ours.
        if (await isMySweep(store.database, everyMs * 0.9)) {
          await sweepOnce(store, client, log, everyMs);
          await sweepVisits(store, client, log);
        }
      } catch (error) {
        log.warn({ err: error }, 'sweep could not finish; trying again by itself');
      }
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

async function sweepOnce(store: Store, client: Client, log: Log, everyMs: number): Promise<void> {
  const longEnoughMs = Math.min(everyMs, 60_000);
  const candidates = await sweepCandidates(store.database, BATCH, longEnoughMs);
  const idle = await Promise.all(
    candidates.map(async ({ quietMs, ...ref }) => {
      const isLeftAlone = quietMs < PATIENCE_MS && (await isBusy(client, workflowIdOf(ref)));
      return isLeftAlone ? [] : [ref];
    }),
  );
  const found = await sweepFound(store.database, idle.flat(), longEnoughMs);
  if (found.length > 0) log.warn({ objects: found.map(workflowIdOf) }, 'sweep found work that nobody did');
}

/** The same for watchers with something undelivered, and for steps that have not been asked in time. */
async function sweepVisits(store: Store, client: Client, log: Log): Promise<void> {
  const candidates = await overdueVisits(store.database, BATCH);
  const idle = await Promise.all(
    candidates.map(async ({ overdueMs, ...visit }) => {
      const isLeftAlone = overdueMs < PATIENCE_MS && (await isBusy(client, attendIdOf(visit.at, visit.name)));
      return isLeftAlone ? [] : [visit];
    }),
  );
  const found = idle.flat();
  if (found.length === 0) return;
  log.warn({ visits: found.map(({ at, name }) => attendIdOf(at, name)) }, 'sweep found work that nobody did');
  await visitsFound(store.database, found);
}

/** Has this workflow something under way, or is it about to? */
async function isBusy(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status, raw } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return false;
    return (raw.pendingActivities?.length ?? 0) > 0 || raw.pendingWorkflowTask != null;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
