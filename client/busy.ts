import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { optionalTsToMs, type Timestamp } from '@temporalio/common/lib/time.js';
import { answered, isNotFound } from './temporal.ts';

/** What is under way for longer than this without a sign of life counts no more. */
const PATIENCE_MS = 10 * 60_000;

/** Of temporal.api.enums.v1.PendingActivityState: waits for a free place in a worker, or for its next try; is paused. */
const WAITING_STATES: readonly unknown[] = [1, 4];

/**
 * Ask Temporal whether a workflow has something under way, or is about to.
 *
 * What waits for a free place in a worker may wait for long: Temporal has it, so it is not lost. Anything else counts
 * from its own last sign of life, and not from when the object was last changed: it may have been woken just now.
 */
export async function isBusy(client: Client, workflowId: string): Promise<boolean> {
  try {
    const description = await answered(client, () => client.workflow.getHandle(workflowId).describe());
    return description.status.name === 'RUNNING' && isUnderWay(description);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

function isUnderWay({ raw }: WorkflowExecutionDescription): boolean {
  const task = raw.pendingWorkflowTask;
  if (task != null && isRecent(task.scheduledTime, task.startedTime)) return true;
  return (raw.pendingActivities ?? []).some(
    ({ state, scheduledTime, lastStartedTime, lastHeartbeatTime }) =>
      WAITING_STATES.includes(state) || isRecent(scheduledTime, lastStartedTime, lastHeartbeatTime),
  );
}

function isRecent(...times: readonly (Timestamp | null | undefined)[]): boolean {
  const latest = Math.max(...times.map((time) => optionalTsToMs(time) ?? 0));
  return Date.now() - latest < PATIENCE_MS;
}
