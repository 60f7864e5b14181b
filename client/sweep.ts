import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Ref } from '../model/definition.ts';
import type { Store } from '../store/store.ts';
import { isMySweep, sweepCandidates, sweepFound } from '../store/sweep.ts';
import { workflowIdOf } from '../workflows/messages.ts';
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
        if (await isMySweep(store.database, everyMs * 0.9)) await sweepOnce(store, client, log, everyMs);
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
  const candidates = await sweepCandidates(store.database, BATCH, Math.min(everyMs, 60_000));
  const idle = await Promise.all(
    candidates.map(async ({ quietMs, ...ref }) => {
      const isLeftAlone = quietMs < PATIENCE_MS && (await isBusy(client, ref));
      return isLeftAlone ? [] : [ref];
    }),
  );
  const found = idle.flat();
  if (found.length === 0) return;
  log.warn({ objects: found.map(workflowIdOf) }, 'sweep found work that nobody did');
  await sweepFound(store.database, found);
}

/** Does a workflow hold this object that has something under way, or is about to? */
async function isBusy(client: Client, ref: Ref): Promise<boolean> {
  try {
    const { status, raw } = await client.workflow.getHandle(workflowIdOf(ref)).describe();
    if (status.name !== 'RUNNING') return false;
    return (raw.pendingActivities?.length ?? 0) > 0 || raw.pendingWorkflowTask != null;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
