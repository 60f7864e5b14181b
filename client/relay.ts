import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { claimOutbox, forgetRows, nextDue, putOffRows, type Claim } from '../store/outbox.ts';
import { askSteps } from '../store/selections.ts';
import type { Store } from '../store/store.ts';
import { createAlarm } from './alarm.ts';
import { runErrands } from './errands.ts';
import { lookAhead } from './look-ahead.ts';
import { startResyncs } from './resyncs.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { sendAll } from './send-all.ts';
import { createSignaller, type Signaller } from './signal.ts';
import { startSweep } from './sweep.ts';
import { openTemporal, type TemporalTarget } from './temporal.ts';

export interface RelayOptions {
  readonly store: Store;
  readonly temporal: TemporalTarget;
  readonly log: Log;
  /** How often the sweep looks. @default 60_000 @format milliseconds */
  readonly sweepMs?: number;
}

export interface Relay {
  /** Temporal took the last signal, or there was none. */
  isConnected(): boolean;
  /** Finish the signals under way, and end. */
  stop(): Promise<void>;
}

/** Objects claimed at a time, of all synchronizers that have any: few, so that relays share the work and urgent rows need not wait long. */
const BATCH = 16;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Turn outbox rows into signals, as long as this process lives (design 3.3).
 *
 * Any number of relays may run. One that dies loses nothing: its claims lapse. A signal that is sent twice is
 * harmless: it only makes a workflow look.
 */
export function startRelay({ store, temporal, log, sweepMs = 60_000 }: RelayOptions): Relay {
  const { database } = store;
  const { client, address, close } = openTemporal(temporal);
  const signaller = createSignaller(client);
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let isConnected = true;
  const alarm = createAlarm(() => nextDue(database), stopping.signal);

  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  };

  const waitForTemporal = async (): Promise<void> => {
    isConnected = false;
    log.warn({ address }, 'temporal does not answer; writes are kept and sent later');
    for (let ms = FIRST_PAUSE_MS; !isStopping() && !isConnected; ms = Math.min(ms * 2, LONGEST_PAUSE_MS)) {
      await pause(ms);
      isConnected = await answers(client);
    }
    if (!isConnected) return;
    log.info({ address }, 'temporal answers again');
    // It may be another one.
    await ensureSearchAttributes(client, log);
  };

  const run = async (): Promise<void> => {
    let listener: { stop: () => Promise<void> } | undefined;
    // Said at the start, not only when there is something to send.
    if (await answers(client)) await ensureSearchAttributes(client, log);
    else await waitForTemporal();
    for (let ms = FIRST_PAUSE_MS; !isStopping();) {
      try {
        listener ??= await database.listen('accord_outbox', (says) => {
          alarm.ring(says);
        });
        const looksForErrands = alarm.begin();
        const [errands, { objects, isOut }] = await Promise.all([
          looksForErrands && runErrands({ store, client, log }),
          pass(store, signaller, log),
        ]);
        alarm.end({ objects, errands });
        if (isOut) await waitForTemporal();
        else if (!objects && !errands) await alarm.rest();
        ms = FIRST_PAUSE_MS;
      } catch (error) {
        log.warn({ err: error }, 'relay could not read the outbox; trying again by itself');
        await pause(ms);
        ms = Math.min(ms * 2, LONGEST_PAUSE_MS);
      }
    }
    await listener?.stop();
  };

  const running = run();
  const sweep = startSweep({ store, client, log, everyMs: sweepMs });
  const resyncs = startResyncs({ store, log });
  return {
    isConnected: () => isConnected,
    async stop() {
      stopping.abort();
      await Promise.all([running, sweep.stop(), resyncs.stop()]);
      await close();
    },
  };
}

/**
 * Claim one batch, signal it, and forget what was accepted, unless an attempt will.
 *
 * @returns whether there were any objects, and whether Temporal is away
 */
async function pass(
  store: Store,
  signaller: Signaller,
  log: Log,
): Promise<{ objects: boolean; isOut: boolean }> {
  const { database } = store;
  const claims = await claimOutbox(database, BATCH);
  const held = await askSteps(database, claims);
  const due = claims.filter((claim) => !claim.isMoot && !held.includes(claim));
  const { accepted, failed, left } = await sendAll(await lookAhead(store, due, log), signaller, log);
  const moot = claims.filter(({ isMoot }) => isMoot);
  await forgetRows(database, rowsOf([...moot, ...accepted]));
  for (const { rows, tries } of failed)
    await putOffRows(database, rows, Math.min(1_000 * 2 ** tries, 60_000));
  if (left.length > 0) await putOffRows(database, rowsOf(left), 0);
  return { objects: claims.length > 0, isOut: left.length > 0 };
}

const rowsOf = (claims: readonly Claim[]): number[] => claims.flatMap(({ rows }) => rows);

async function answers(client: Client): Promise<boolean> {
  try {
    await client.connection.withDeadline(Date.now() + 5_000, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  }
}
