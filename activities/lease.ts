import { Context } from '@temporalio/activity';
import { renewLease, type Fence, type Loaded, type Renewal } from '../store/attempts.ts';
import type { ActivitySetup } from './create-activities.ts';

/** Why an attempt was asked to end. */
export type Stop = 'lost' | 'deleted' | 'held' | 'newer goal' | 'shutdown' | 'timeout';

/** The hold of a running attempt on its object. */
export interface Lease {
  /** Aborted when the attempt is to end. */
  readonly signal: AbortSignal;
  /** Why it was asked to end; undefined while it is not. */
  stopped(): Stop | undefined;
  /** @throws when the attempt was asked to end, or its lease has passed: to be called before what others would see */
  ensureHeld(): void;
  /** Rejects when the attempt was asked to end and has not done so for `graceMs`; never resolves. */
  givenUp(graceMs: number): Promise<never>;
  /** End the renewals. */
  stop(): void;
}

/** After Temporal's one cancel, which says no reason: how often the row is looked at. */
const LOOK_MS = 1_000;

/**
 * Renew the lease and tell Temporal that we live, until the attempt ends; abort it when the row says so.
 *
 * Temporal delivers one cancel per activity, without a reason: it only makes us look sooner. What aborts an
 * attempt is what a renewal finds in the row. A lease that could not be renewed in time is lost, also when this
 * process was frozen meanwhile: so time is counted here, by a clock that nobody sets.
 */
export function holdLease(options: {
  readonly setup: ActivitySetup;
  readonly fence: Fence;
  /** When the lease was asked for: from then on it counts. By `performance.now()`. */
  readonly askedAt: number;
  readonly loaded: Loaded;
  readonly timeoutMs: number;
  readonly mayPreempt: boolean;
  /** Called after each renewal. */
  readonly onRenewal: () => Promise<void>;
}): Lease {
  const { setup, fence, askedAt, loaded, timeoutMs, mayPreempt, onRenewal } = options;
  const { leaseMs, renewMs, heartbeatMs } = setup.settings;
  const context = Context.current();
  const abort = new AbortController();
  let why: Stop | undefined;

  const end = (reason: Stop): void => {
    why ??= reason;
    abort.abort(new Error(`the attempt is to end: ${why}`));
  };

  let hasEnded = false;
  let isAsked = false;
  let isWatched = false;
  let wake = (): void => undefined;
  const nap = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const onCancel = (): void => {
    if (context.cancellationDetails?.workerShutdown === true) end('shutdown');
    isAsked = true;
    wake();
  };
  context.cancellationSignal.addEventListener('abort', onCancel, { once: true });
  const timeout = setTimeout(end, timeoutMs, 'timeout');

  const heartbeat = setInterval(
    () => {
      // A local activity has nobody to tell: Temporal waits for its workflow task.
      if (!context.info.isLocal) context.heartbeat();
    },
    Math.max(heartbeatMs / 4, 10),
  );

  // Whatever keeps a renewal from being answered: when the lease has passed, another may begin.
  let expiry: NodeJS.Timeout | undefined;
  let heldUntil = 0;
  const holdFrom = (asked: number): void => {
    clearTimeout(expiry);
    heldUntil = asked + leaseMs;
    expiry = setTimeout(end, Math.max(heldUntil - performance.now(), 1), 'lost');
  };
  holdFrom(askedAt);

  const renew = async (): Promise<Renewal | undefined> => {
    const row = await renewLease(setup.store.database, fence, leaseMs);
    await onRenewal();
    return row;
  };
  const isEnded = (): boolean => hasEnded;
  const keep = async (): Promise<void> => {
    while (!isEnded()) {
      if (!isAsked) await nap(isWatched ? Math.min(LOOK_MS, renewMs) : renewMs);
      isWatched ||= isAsked;
      isAsked = false;
      if (isEnded() || why === 'lost') return;
      const renewedAt = performance.now();
      const row = await renew().catch((error: unknown) => {
        setup.log.warn({ err: error, id: fence.id }, 'lease could not be renewed');
        return 'unknown' as const;
      });
      if (row === 'unknown' || isEnded()) continue;
      holdFrom(renewedAt);
      if (row === undefined) end('lost');
      else if (row.deleted && loaded.decision === 'sync') end('deleted');
      else if (row.resting) end('held');
      else if (mayPreempt && row.version > loaded.version) end('newer goal');
    }
  };
  void keep();

  return {
    signal: abort.signal,
    stopped: () => why,
    ensureHeld() {
      // A timer that is due may not have had its turn.
      if (performance.now() >= heldUntil) end('lost');
      abort.signal.throwIfAborted();
    },
    givenUp: (graceMs) =>
      new Promise((_resolve, reject) => {
        abort.signal.addEventListener('abort', () => {
          setTimeout(
            (reason: unknown) => {
              reject(reason instanceof Error ? reason : new Error('the attempt is to end'));
            },
            graceMs,
            abort.signal.reason,
          ).unref();
        });
      }),
    stop() {
      hasEnded = true;
      wake();
      clearTimeout(timeout);
      clearTimeout(expiry);
      clearInterval(heartbeat);
      context.cancellationSignal.removeEventListener('abort', onCancel);
    },
  };
}
