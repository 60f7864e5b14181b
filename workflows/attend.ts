import {
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, Visit } from '../activities/index.ts';
import { wake, type AttendInput } from './messages.ts';

const activities = proxyActivities<Activities>({
  // Longer than what the author's code may take, which the activity sees to.
  startToCloseTimeout: '45 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
});

/** After so many signals the workflow starts afresh, so that its history stays short. */
const MOST_WAKES = 2_000;

/** Deliver to one watcher, event after event, until none is left (design 3.9). */
export async function deliverEvents(input: AttendInput): Promise<void> {
  const isDone = await attend(() => activities.deliverEvents(input.name));
  if (!isDone) await continueAsNew<typeof deliverEvents>(input);
}

/** Ask one step which of its objects are due, again for whatever changed meanwhile (design 3.9). */
export async function select(input: AttendInput): Promise<void> {
  const isDone = await attend(() => activities.fetchPending(input.name));
  if (!isDone) await continueAsNew<typeof select>(input);
}

/**
 * Visit until there is nothing more to do. All truth is in Postgres: this may be terminated at any moment.
 *
 * @returns false when it is time to continue as new
 */
async function attend(visit: () => Promise<Visit>): Promise<boolean> {
  let wakes = 0;
  setHandler(wake, () => {
    wakes += 1;
  });
  for (;;) {
    const seen = wakes;
    const isQuiet = (): boolean => wakes === seen;
    const { waitMs } = await visit();
    if (waitMs === null && isQuiet()) return true;
    if (wakes >= MOST_WAKES || workflowInfo().continueAsNewSuggested) return false;
    if (waitMs !== null && waitMs > 0) {
      setCurrentDetails('something failed; trying again by itself');
      await condition(() => !isQuiet(), waitMs);
      setCurrentDetails('');
    }
  }
}
