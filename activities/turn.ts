import { Context } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import { endTurn, keepTurn, takeTurn, type Turn } from '../store/turn.ts';
import { putOff } from './benign.ts';
import type { Visit } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';

/** What is done while it is one's turn. `signal` is aborted when it is so no longer, or the worker shuts down. */
export type Visiting = (turn: Turn, signal: AbortSignal) => Promise<Visit>;

/**
 * Visit a watcher or a poller when nobody else does, and keep the turn as long as that takes.
 *
 * @throws {ApplicationFailure} a benign one, for Temporal to try again, while another has the turn
 */
export async function inTurn(
  setup: ActivitySetup,
  at: Turn['at'],
  name: string,
  visit: Visiting,
): Promise<Visit> {
  const { database } = setup.store;
  const { leaseMs, heartbeatMs } = setup.settings;
  const context = Context.current();
  const askedAt = performance.now();
  const turn = await takeTurn(database, at, name, leaseMs);
  if (turn === 'gone') return { waitMs: null };
  if (turn === 'taken') throw putOff(context.info.attempt, 'another has the turn');

  const abort = new AbortController();
  const ended = new AbortController();
  const end = (): void => abort.abort(new Error('the worker shuts down, or has lost its turn'));
  context.cancellationSignal.addEventListener('abort', end, { once: true });
  const heartbeat = setInterval(() => context.heartbeat(), Math.max(heartbeatMs / 4, 10));
  void keep(setup, turn, askedAt, ended.signal, end);
  try {
    return await visit(turn, abort.signal);
  } finally {
    ended.abort();
    clearInterval(heartbeat);
    context.cancellationSignal.removeEventListener('abort', end);
    // Should the database be away: the turn lapses.
    await endTurn(database, turn).catch(() => undefined);
  }
}

/**
 * Renew the turn until the visit ends. Time is counted here, too, from when it was asked for: this process may have been
 * frozen, and a database that does not answer has renewed nothing.
 */
async function keep(
  setup: ActivitySetup,
  turn: Turn,
  takenAt: number,
  ended: AbortSignal,
  end: () => void,
): Promise<void> {
  const { leaseMs, renewMs } = setup.settings;
  const isEnded = (): boolean => ended.aborted;
  let expiry = setTimeout(end, leaseMs - (performance.now() - takenAt));
  ended.addEventListener('abort', () => clearTimeout(expiry), { once: true });
  while (!isEnded()) {
    await sleep(renewMs, undefined, { signal: ended }).catch(() => undefined);
    if (isEnded()) return;
    const askedAt = performance.now();
    const isMine = await keepTurn(setup.store.database, turn, leaseMs).catch(() => undefined);
    if (isMine === false) end();
    if (isMine !== true || isEnded()) continue;
    clearTimeout(expiry);
    expiry = setTimeout(end, leaseMs - (performance.now() - askedAt));
  }
}

/**
 * Limit how long author code may take; `signal` is aborted by then, or with `stopped`.
 *
 * Not by `AbortSignal.timeout`: one that somebody listens to is kept until its time is up, however soon the code ends.
 */
export function startLimit(ms: number, stopped: AbortSignal): { signal: AbortSignal; end(): void } {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`timed out after ${ms / 60_000} minutes`)), ms);
  return { signal: AbortSignal.any([stopped, late.signal]), end: () => clearTimeout(timer) };
}

/** Await author code that was asked to end: when it has not done so for `graceMs`, go on without it. */
export async function orGivenUp<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const givenUp = Promise.withResolvers<never>();
  const giveUp = (): void => {
    const reason: unknown = signal.reason;
    setTimeout(givenUp.reject, graceMs, reason instanceof Error ? reason : new Error('asked to end')).unref();
  };
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, givenUp.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
