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
  const turn = await takeTurn(database, at, name, leaseMs);
  if (turn === 'gone') return { waitMs: null };
  if (turn === 'taken') throw putOff(context.info.attempt, 'another has the turn');

  const abort = new AbortController();
  const ended = new AbortController();
  const end = (): void => abort.abort(new Error('the worker shuts down, or has lost its turn'));
  context.cancellationSignal.addEventListener('abort', end, { once: true });
  const heartbeat = setInterval(() => context.heartbeat(), Math.max(heartbeatMs / 4, 10));
  void keep(setup, turn, ended.signal, end);
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

/** Renew the turn until the visit ends. Time is counted here, too: this process may have been frozen. */
async function keep(setup: ActivitySetup, turn: Turn, ended: AbortSignal, end: () => void): Promise<void> {
  const { leaseMs, renewMs } = setup.settings;
  for (let keptAt = performance.now(); ;) {
    await sleep(renewMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) return;
    const askedAt = performance.now();
    const isMine = await keepTurn(setup.store.database, turn, leaseMs).catch(
      () => askedAt - keptAt < leaseMs,
    );
    if (!isMine || askedAt - keptAt > leaseMs) {
      end();
      return;
    }
    keptAt = askedAt;
  }
}

/** Await author code that was asked to end: when it has not done so for `graceMs`, go on without it. */
export function orGivenUp<T>(work: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  const givenUp = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => {
      const reason: unknown = signal.reason;
      setTimeout(reject, graceMs, reason instanceof Error ? reason : new Error('asked to end')).unref();
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  return Promise.race([work, givenUp]);
}
