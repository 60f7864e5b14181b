import { ApplicationFailure, Context } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Ref } from '../model/definition.ts';
import { retryDelayMs, type RetryPolicy } from '../plan/delay.ts';
import {
  abandonAttempt,
  beginAttempt,
  recordDeleted,
  recordPretended,
  recordSynced,
  recordUnfinished,
  type Begun,
  type Fence,
  type Loaded,
  type Recorded,
} from '../store/attempts.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { openAttemptLog, type AttemptLog } from './attempt-log.ts';
import { benign, putOff } from './benign.ts';
import type { Attempt, AttemptEnd } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';
import { timeoutMsOf } from './decide.ts';
import { holdLease, type Lease } from './lease.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { limitsFor, takePlaces } from './places.ts';
import { playbookNameOf } from './playbook.ts';
import { openReadLog, type ReadLog } from './read-log.ts';
import { takeShare } from './take-share.ts';
import { openTrail, type Trail } from './trail.ts';

/** After so many attempts in a row that a newer goal ended, one is let finish: else a busy writer would starve the object. */
const MOST_SUPERSEDED = 3;

/** What an attempt does between taking the lease and recording how it went. */
export type Work = (job: Job) => Promise<Done>;

export interface Job {
  readonly setup: ActivitySetup;
  readonly ref: Ref;
  readonly kind: Attempt['kind'];
  readonly fence: Fence;
  readonly loaded: Loaded;
  /** Aborted when the attempt is to end. */
  readonly signal: AbortSignal;
  /** Say that from here on something may be in the back end. @throws when the object is ours no longer: nothing may be */
  readonly touch: () => void;
  /** Collects the values of secret fields that the step has seen, to be masked in whatever it says. */
  readonly secrets: Set<string>;
  /** Notes what the step looks at. */
  readonly log: ReadLog;
  /** Takes what the step logs. */
  readonly said: AttemptLog;
  /** Takes what happens, and what is run. */
  readonly trail: Trail;
  /** Counts the attempts on the object. */
  readonly number: number;
  /** Grows with every attempt on the object, retries by Temporal included: these share the token of the fence. */
  readonly serial: number;
}

/** Feedback to record, and a line for people. */
export interface Done {
  readonly feedback: Readonly<Record<string, unknown>>;
  readonly summary: string | null;
}

/**
 * Make one attempt on an object: take the lease, load, decide once more, act, record (design 3.5).
 *
 * Whatever it does, it may die at any point and be run again: everything up to the author's code is idempotent,
 * and whoever comes next finds the attempt open and closes it.
 *
 * @throws {ApplicationFailure} for Temporal to try again after `nextRetryDelay`, or, when stalled, never
 */
export async function runAttempt(
  setup: ActivitySetup,
  ref: Ref,
  attempt: Attempt,
  work: Work,
): Promise<AttemptEnd> {
  const fence: Fence = { id: ref.id, token: attempt.token, attempt: Context.current().info.attempt };
  const giveBackShare = await takeShare(setup, fence, setup.steps.get(ref.model), 'step');
  try {
    return await attemptOnce(setup, ref, attempt, fence, work);
  } finally {
    giveBackShare();
  }
}

async function attemptOnce(
  setup: ActivitySetup,
  ref: Ref,
  attempt: Attempt,
  fence: Fence,
  work: Work,
): Promise<AttemptEnd> {
  const { database } = setup.store;
  const askedAt = performance.now();
  const begun = await beginOrGiveBack(setup, fence, attempt.kind);
  if (begun.answer === 'gone' || begun.answer === 'fenced') return 'again';
  if (begun.answer === 'leased') throw putOff(fence.attempt, 'another attempt holds the object');
  if (begun.answer === 'lost' && begun.again) throw await backOff(setup, ref, fence, begun);

  const { loaded } = begun;
  // Committed and loaded anew: what is due may have changed since the workflow decided.
  if (!isDue(loaded, ref, attempt)) {
    await abandonAttempt(database, fence);
    return 'again';
  }

  const step = setup.steps.get(ref.model);
  const secrets = new Set<string>();
  const { fault, places } = await orGiveBack(setup, fence, async () => {
    const { limits, fault: unnamed } = await limitsFor(setup, ref, loaded, secrets);
    return { fault: unnamed, places: await takePlaces(setup, limits, fence) };
  });
  if (places === undefined) {
    await abandonAttempt(database, fence);
    throw putOff(fence.attempt, 'no place is free');
  }
  const timeoutMs = timeoutMsOf(step, Context.current().info.isLocal);
  const mayPreempt = step?.onNewGoal === 'cancel' && loaded.superseded < MOST_SUPERSEDED;
  const lease = holdLease({ setup, fence, askedAt, loaded, timeoutMs, mayPreempt, onRenewal: places.keep });
  try {
    const log = loggerOf(setup, ref, fence, loaded);
    const trail = openTrail({ database, fence, log }, secrets);
    const job: Job = {
      setup,
      ref,
      kind: attempt.kind,
      fence,
      loaded,
      signal: lease.signal,
      touch: () => {
        lease.ensureHeld();
        trail.touch();
      },
      secrets,
      log: openReadLog(),
      said: openAttemptLog(log, secrets),
      trail,
      number: begun.number,
      serial: begun.serial,
    };
    const outcome = await endOf(
      job,
      lease,
      fault === undefined ? work : () => Promise.reject(fault),
      timeoutMs,
    );
    await job.trail.close();
    return await whileHeld(lease, () => record(job, outcome));
  } finally {
    lease.stop();
    // Should the database be away: places lapse with the lease.
    await places.free().catch(() => undefined);
  }
}

/**
 * Is that due which Temporal says, and for an object of that model? Who can write into Temporal could otherwise have a step
 * run on objects of another model, or before what they depend on.
 */
function isDue(loaded: Loaded | undefined, { model }: Ref, { kind }: Attempt): loaded is Loaded {
  return loaded?.model === model && loaded.decision === kind && (kind === 'sync' || kind === 'delete');
}

/** Begin an attempt; should that fail, its answer may only have been lost: what has begun is given back. */
export function beginOrGiveBack(setup: ActivitySetup, fence: Fence, kind: Attempt['kind']): Promise<Begun> {
  const { leaseMs } = setup.settings;
  return orGiveBack(setup, fence, () =>
    beginAttempt(setup.store.database, fence, { kind, leaseMs, worker: setup.worker }),
  );
}

/** While nothing has been done yet: should this fail, let the next attempt not wait for this lease. */
async function orGiveBack<T>(setup: ActivitySetup, fence: Fence, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await abandonAttempt(setup.store.database, fence).catch(() => undefined);
    throw error;
  }
}

/** What was done must be written down: as long as the object is ours, an absent database is waited for. */
export async function whileHeld<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || lease.stopped() === 'lost') throw error;
      await sleep(200);
    }
  }
}

async function endOf(job: Job, lease: Lease, work: Work, timeoutMs: number): Promise<Outcome> {
  const { settings } = job.setup;
  try {
    const done = await Promise.race([work(job), lease.givenUp(settings.graceMs)]);
    // What was finished although it was asked to stop is finished.
    return { status: 'synced', ...done };
  } catch (error) {
    const delayMs = retryDelayMs(job.loaded.failures + 1, retryOf(job.setup, job.ref), Math.random());
    const outcome = outcomeOf(error, {
      stop: lease.stopped(),
      timeoutMs,
      delayMs,
      deferralMs: settings.deferralMs,
      secrets: job.secrets,
    });
    return { ...outcome, isUntouched: !job.trail.isTouched() };
  }
}

async function record({ setup, kind, fence, loaded, log, said }: Job, outcome: Outcome): Promise<AttemptEnd> {
  const { database } = setup.store;
  const traces = { reads: log.reads(), log: said.excerpt() };
  if (outcome.status === 'synced') {
    const { feedback, summary } = outcome;
    if (loaded.pretending) {
      const pretended = await recordPretended(database, fence, { loaded, summary, ...traces });
      return pretended === 'done' ? 'done' : 'again';
    }
    const recorded =
      kind === 'delete'
        ? await recordDeleted(database, fence, { loaded, summary, log: traces.log })
        : await recordSynced(database, fence, { loaded, feedback, summary, ...traces });
    return recorded === 'done' ? 'done' : 'again';
  }
  // What a failed or a deferred one has looked at, too: a change there may be what it waits for.
  const recorded = await recordUnfinished(database, fence, loaded, outcome, traces);
  return nextOf(recorded, outcome);
}

export function nextOf(recorded: Recorded, outcome: Exclude<Outcome, { status: 'synced' }>): AttemptEnd {
  // A newer goal, or another holder: what is due now is for the workflow to ask.
  if (recorded !== 'done') return 'again';
  const { message } = outcome;
  switch (outcome.status) {
    case 'failed':
      throw ApplicationFailure.create({ message, type: 'Failed', nextRetryDelay: outcome.delayMs ?? 0 });
    case 'deferred':
      throw benign(message, 'Deferred', outcome.delayMs ?? 0);
    case 'stalled':
      throw ApplicationFailure.create({ message, type: 'Stalled', nonRetryable: true });
    case 'cancelled':
      // A worker that shuts down hands the attempt back; any other reason is for the workflow to look at.
      if (outcome.isHandedBack) throw benign(message, 'HandedBack', 100);
      return 'again';
    case 'superseded':
      return 'again';
  }
}

/** A worker was lost twice in a row over this object: wait as after any other failure. */
export async function backOff(
  setup: ActivitySetup,
  ref: Ref,
  fence: Fence,
  { failures }: Extract<Begun, { answer: 'lost' }>,
): Promise<ApplicationFailure> {
  const delayMs = retryDelayMs(failures, retryOf(setup, ref), Math.random());
  await abandonAttempt(setup.store.database, fence, delayMs);
  return ApplicationFailure.create({ message: 'worker lost', type: 'WorkerLost', nextRetryDelay: delayMs });
}

/** What every line of a step says of itself. */
function loggerOf(setup: ActivitySetup, ref: Ref, fence: Fence, { generation, decision }: Loaded): Log {
  const step = setup.steps.get(ref.model);
  const kind = decision === 'delete' ? 'delete' : 'sync';
  return setup.log.child({
    synchronizer_name: setup.synchronizer,
    sync_step: ref.model,
    ...ref,
    generation,
    attempt: fence.attempt,
    workflow_id: `${ref.model}/${ref.id}`,
    ...(step !== undefined && step.kind !== 'step' && { ansible_playbook: playbookNameOf(step, kind) }),
  });
}

function retryOf(setup: ActivitySetup, ref: Ref): RetryPolicy {
  return { ...setup.settings.retry, ...setup.steps.get(ref.model)?.retry };
}
