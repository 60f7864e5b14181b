import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities, Attempt, Decision } from '../activities/index.ts';
import { openInbox, type Inbox } from './inbox.ts';
import type { SyncObjectInput } from './messages.ts';
import { SYNC_STATE } from './search-attributes.ts';

const { prepare, evaluate } = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 3 },
});

/** An inline attempt: one try, which its worker ends after 5 s. What comes after it is an activity like any other. */
const beside = proxyLocalActivities<Activities>({
  startToCloseTimeout: '30 seconds',
  retry: { maximumAttempts: 1 },
});

/** With Postgres away: how long until the next look. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Bring one object to its goal (design 3.4).
 *
 * Decide, act, and look again whenever something was heard meanwhile. Runs to completion: an object at rest
 * costs a row and no workflow. All truth is in Postgres, so this may be terminated at any moment.
 *
 * | decision | then |
 * |---|---|
 * | nothing | done: no work, or held by something whose end starts a workflow again |
 * | evaluate | its step says what it depends on |
 * | wait | until a signal, or until the next attempt is due |
 * | police, sync, delete | an activity, with Temporal's own retries |
 */
export async function syncObject(input: SyncObjectInput): Promise<void> {
  const inbox = openInbox();
  let pauseMs = FIRST_PAUSE_MS;
  let mayBeInline = true;
  let { first } = input;

  for (;;) {
    if (inbox.isFull()) await continueAsNew<typeof syncObject>({ ...input, first: undefined });
    const seen = inbox.count();
    const isQuiet = (): boolean => inbox.count() === seen;

    const decision = first ?? (await look(input));
    first = undefined;
    if (decision === 'unreachable') {
      setCurrentDetails('the database does not answer; trying again by itself');
      await condition(() => !isQuiet(), pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      continue;
    }
    pauseMs = FIRST_PAUSE_MS;

    switch (decision.kind) {
      case 'nothing':
        if (isQuiet()) return;
        break;
      case 'evaluate':
        await ask(input);
        break;
      case 'wait':
        show(input, 'waiting', decision.why);
        if (decision.waitMs === null) await condition(() => !isQuiet());
        else await condition(() => !isQuiet(), decision.waitMs);
        show(input, 'syncing', '');
        break;
      case 'police':
      case 'sync':
      case 'delete':
        // After success without a new signal there is nothing left to look at: a newer write always signals.
        if ((await act(inbox, input, decision, mayBeInline)) === 'done' && isQuiet()) return;
        if (decision.inline === true) mayBeInline = false;
        break;
    }
  }
}

async function look(input: SyncObjectInput): Promise<Decision | 'unreachable'> {
  try {
    return await prepare({ model: input.model, id: input.id });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return 'unreachable';
  }
}

/** What it depends on is asked again with the next look, should this fail. */
async function ask({ model, id }: SyncObjectInput): Promise<void> {
  try {
    await evaluate({ model, id });
  } catch (error) {
    if (isCancellation(error)) throw error;
    await sleep(FIRST_PAUSE_MS);
  }
}

async function act(
  inbox: Inbox,
  input: SyncObjectInput,
  attempt: Attempt,
  mayBeInline: boolean,
): Promise<'done' | 'again'> {
  const remote = proxyActivities<Activities>({
    startToCloseTimeout: attempt.startToCloseMs,
    heartbeatTimeout: attempt.heartbeatMs,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: `${attempt.kind} ${input.model}/${input.id}`,
    // The activity names each delay itself; the interval is what a lost worker costs. maximumInterval caps both.
    retry: { initialInterval: '1 second', backoffCoefficient: 1, maximumInterval: '1 day' },
  });
  const isInline = attempt.inline === true && mayBeInline;
  const activities = isInline ? beside : remote;
  try {
    const ref = { model: input.model, id: input.id };
    const end = await inbox.interruptible(attempt.generation, () =>
      activities[attempt.activity](ref, attempt),
    );
    return end === 'done' ? 'done' : 'again';
  } catch (error) {
    // What was done beside the workflow fails as it is, without the wrapping.
    if (isInline && error instanceof ApplicationFailure) return 'again';
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // It will not be retried, and has said so in Postgres: what is due now is decided there.
    log.info('attempt ended for good', { reason: error.cause?.message });
    await sleep('100 milliseconds');
    return 'again';
  }
}

function show(input: SyncObjectInput, state: 'waiting' | 'syncing', details: string): void {
  setCurrentDetails(details);
  if (input.searchable) upsertSearchAttributes([{ key: SYNC_STATE, value: state }]);
}
