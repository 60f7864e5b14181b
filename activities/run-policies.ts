import { Context } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyPolicy } from '../define/synchronizer.ts';
import type { Ref } from '../model/definition.ts';
import { retryDelayMs } from '../plan/delay.ts';
import { abandonAttempt, recordUnfinished, type Fence, type Loaded } from '../store/attempts.ts';
import { Refusal } from '../store/errors.ts';
import { commitAnswer, type Answered } from '../store/police.ts';
import { complete } from '../store/read.ts';
import { openAttemptLog, type AttemptLog } from './attempt-log.ts';
import { backOff, beginOrGiveBack, nextOf, whileHeld } from './attempt.ts';
import { putOff } from './benign.ts';
import type { Attempt, AttemptEnd } from './contract.ts';
import type { ActivitySetup } from './create-activities.ts';
import { timeoutMsOf } from './decide.ts';
import { openDraft, type Draft } from './draft.ts';
import { holdLease, type Lease } from './lease.ts';
import { outcomeOf } from './outcome.ts';
import { takeShare } from './take-share.ts';

/** So often is a policy run at once again when others change what it reads; then it is put off for a while. */
const MOST_RUNS = 5;

type Handler = 'handleCreate' | 'handleUpdate' | 'handleDelete';

/**
 * Let the policy of a model answer what has become of one of its objects (design 3.9).
 *
 * An attempt like any other: token, lease, outcome, backoff. The policy's code runs outside any transaction; what
 * it writes is drafted, and committed together with the fact that it has answered. So it may die, or be run again,
 * at any point: either nothing of it is there, or all of it.
 *
 * @throws {ApplicationFailure} for Temporal to try again after `nextRetryDelay`, or, when stalled, never
 */
export async function runPolicies(setup: ActivitySetup, ref: Ref, attempt: Attempt): Promise<AttemptEnd> {
  const fence: Fence = { id: ref.id, token: attempt.token, attempt: Context.current().info.attempt };
  const giveBackShare = await takeShare(setup, fence, setup.policies.get(ref.model), 'policy');
  try {
    return await runOnce(setup, ref, fence);
  } finally {
    giveBackShare();
  }
}

async function runOnce(setup: ActivitySetup, ref: Ref, fence: Fence): Promise<AttemptEnd> {
  const { database } = setup.store;
  const { graceMs, retry, deferralMs } = setup.settings;
  const askedAt = performance.now();
  const begun = await beginOrGiveBack(setup, fence, 'police');
  if (begun.answer === 'gone' || begun.answer === 'fenced') return 'again';
  if (begun.answer === 'leased') throw putOff(fence.attempt, 'another attempt holds the object');
  if (begun.answer === 'lost' && begun.again) throw await backOff(setup, ref, fence, begun);

  const { loaded } = begun;
  if (loaded?.decision !== 'police' || loaded.model !== ref.model) {
    await abandonAttempt(database, fence);
    return 'again';
  }

  const handler = handlerOf(loaded);
  const timeoutMs = timeoutMsOf(undefined);
  const secrets = new Set<string>();
  const said = openAttemptLog(
    setup.log.child({
      synchronizer_name: setup.synchronizer,
      policy: handler,
      ...ref,
      attempt: fence.attempt,
      workflow_id: `${ref.model}/${ref.id}`,
    }),
    secrets,
  );
  const onRenewal = (): Promise<void> => Promise.resolve();
  // It has done nothing yet that a newer goal could not undo by simply asking again.
  const lease = holdLease({ setup, fence, askedAt, loaded, timeoutMs, mayPreempt: true, onRenewal });
  try {
    const end = await Promise.race([
      answer({ setup, ref, fence, loaded, handler, lease, secrets, said }),
      lease.givenUp(graceMs),
    ]).catch((error: unknown) =>
      outcomeOf(error, {
        stop: lease.stopped(),
        timeoutMs,
        delayMs: retryDelayMs(loaded.failures + 1, retry, Math.random()),
        deferralMs,
        secrets,
        by: `policy ${ref.model}.${handler}`,
      }),
    );
    if (typeof end === 'string') return await settled(setup, fence, lease, end);
    const traces = { log: said.excerpt() };
    const recorded = await whileHeld(lease, () => recordUnfinished(database, fence, loaded, end, traces));
    return nextOf(recorded, end);
  } finally {
    lease.stop();
  }
}

function handlerOf({ deleted, policed }: Loaded): Handler {
  if (deleted) return 'handleDelete';
  return policed === null ? 'handleCreate' : 'handleUpdate';
}

interface Run {
  readonly setup: ActivitySetup;
  readonly ref: Ref;
  readonly fence: Fence;
  readonly loaded: Loaded;
  readonly handler: Handler;
  readonly lease: Lease;
  readonly secrets: Set<string>;
  readonly said: AttemptLog;
}

/** Run the policy and commit what it wrote; again, when it has read what was no more by then. */
async function answer(run: Run): Promise<Answered> {
  const { setup, ref, fence, loaded, handler, lease, secrets, said } = run;
  const registered = (await setup.store.models()).get(ref.model);
  const policy = setup.policies.get(ref.model);
  if (policy === undefined || registered === undefined) {
    throw new Error(`synchronizer ${setup.synchronizer} has no policy for ${ref.model} any more`);
  }
  const source = { ...ref, version: loaded.version, ...complete(registered.definition, loaded) };
  for (let runs = 1; ; runs += 1) {
    const draft = await openDraft(setup.store, source, secrets);
    await handle(policy, run, draft);
    lease.signal.throwIfAborted();
    const { writes, seen } = draft;
    const summary = `${handler} wrote ${writes.length} times`;
    try {
      const answered = await whileHeld(lease, () =>
        commitAnswer(setup.store, fence, { of: ref, loaded, writes, seen, summary, log: said.excerpt() }),
      );
      if (answered !== 'conflict' || runs === MOST_RUNS) return answered;
    } catch (error) {
      // Somebody may have been faster: what is refused once may be right for who looks again.
      if (!(error instanceof Refusal) || runs > 1) throw error;
    }
    await sleep(Math.random() * 20 * runs, undefined, { signal: lease.signal });
  }
}

async function handle(policy: AnyPolicy, { handler, lease, said }: Run, draft: Draft): Promise<void> {
  const context = { ...draft.context, log: said.log, signal: lease.signal, ...REFUSED };
  await policy[handler]?.(draft.own, context);
  await draft.close();
}

/** What steps may do, and policies may not: said in a sentence to code that no compiler has seen. */
const REFUSED = {
  record: (): never => {
    throw new TypeError('a policy writes declarative state only: feedback is written by steps');
  },
};

async function settled(
  setup: ActivitySetup,
  fence: Fence,
  lease: Lease,
  answered: Answered,
): Promise<AttemptEnd> {
  if (answered === 'moved' || answered === 'conflict') {
    await whileHeld(lease, () => abandonAttempt(setup.store.database, fence));
    if (answered === 'conflict') throw putOff(fence.attempt, 'what the policy reads keeps changing');
  }
  return answered === 'done' ? 'done' : 'again';
}
