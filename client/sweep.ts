import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { isMySweep, sweepCandidates, sweepFound } from '../store/sweep.ts';
import { overdueVisits, visitsFound, type OverdueVisit } from '../store/sweep-visits.ts';
import { attendIdOf, workflowIdOf } from '../workflows/messages.ts';
import { isBusy } from './busy.ts';

/** Candidates that are asked for in Temporal at a time. */
const BATCH = 20;

/** One sweep takes no longer than this, and the next one goes on from there. */
const LONGEST_MS = 30_000;

/** So many times as long as it took to ask for a batch, it rests when Temporal is busy with all of that. */
const RESTS = 3;

/** Before the id of every object. */
const FIRST = 0;

export interface SweepOptions {
  readonly store: Store;
  readonly client: Client;
  readonly log: Log;
  readonly everyMs: number;
}

/**
 * Look, now and then, for work that nobody does: one relay of all at a time (design 3.3).
 *
 * It brings back what a lost Temporal, a terminated workflow or a deleted outbox row took away. With every
 * process healthy it finds nothing.
 */
export function startSweep(options: SweepOptions): { stop(): Promise<void> } {
  const { store, log, everyMs } = options;
  const stopping = new AbortController();

  const isStopping = (): boolean => stopping.signal.aborted;
  const run = async (): Promise<void> => {
    for (let behind = FIRST; ;) {
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      try {
        await store.recognize();
        // A little early rather than a round late: the others' clocks tick as ours.
        if (await isMySweep(store.database, everyMs * 0.9)) {
          behind = await sweepObjects(options, behind, stopping.signal);
          await sweepVisits(options);
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

/** Look at all candidates, some at a time. @returns behind which id the next sweep goes on */
async function sweepObjects(
  { store, client, log, everyMs }: SweepOptions,
  behind: number,
  stopping: AbortSignal,
): Promise<number> {
  const longEnoughMs = Math.min(everyMs, 60_000);
  const deadline = performance.now() + LONGEST_MS;
  for (let after = behind; ;) {
    const candidates = await sweepCandidates(store.database, { limit: BATCH, quietMs: longEnoughMs, after });
    const askedAt = performance.now();
    const idle = await whichAreIdle(client, candidates, workflowIdOf);
    const tookMs = performance.now() - askedAt;
    const found = await sweepFound(store.database, idle, longEnoughMs);
    if (found.length > 0) log.warn({ objects: found.map(workflowIdOf) }, 'sweep found work that nobody did');
    if (candidates.length < BATCH) return FIRST;
    after = candidates.at(-1)?.id ?? FIRST;
    // With thousands of objects to go through, asking for each would be what Temporal is busy with.
    if (idle.length === 0)
      await sleep(RESTS * tookMs, undefined, { signal: stopping }).catch(() => undefined);
    if (performance.now() > deadline || stopping.aborted) return after;
  }
}

/** The same for watchers with something undelivered, and for steps that have not been asked in time. */
async function sweepVisits({ store, client, log }: SweepOptions): Promise<void> {
  const idOf = ({ at, name }: OverdueVisit): string => attendIdOf(at, name);
  const found = await whichAreIdle(client, await overdueVisits(store.database, BATCH), idOf);
  if (found.length === 0) return;
  log.warn({ visits: found.map(idOf) }, 'sweep found work that nobody did');
  await visitsFound(store.database, found);
}

async function whichAreIdle<T>(
  client: Client,
  candidates: readonly T[],
  idOf: (candidate: T) => string,
): Promise<T[]> {
  const asked = candidates.map(async (candidate) =>
    (await isBusy(client, idOf(candidate))) ? [] : [candidate],
  );
  return (await Promise.all(asked)).flat();
}
