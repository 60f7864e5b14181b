import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { Claim } from '../store/outbox.ts';
import { changed, dependencySynced, workflowIdOf, type SyncObjectInput } from '../workflows/messages.ts';
import { MODEL, OBJECT_ID, SYNC_STATE, SYNCHRONIZER } from '../workflows/search-attributes.ts';
import { answered, isUnregisteredAttribute } from './temporal.ts';

/** What the outbox says of an object; and what was found due, should its workflow have to be started. */
export interface Told extends Claim {
  readonly first?: SyncObjectInput['first'];
}

/** Sends what the outbox says to the workflow of each object. */
export interface Signaller {
  /** @returns whether a workflow was started for it; else one that runs was told */
  send(claim: Told): Promise<boolean>;
}

/** How long a Temporal without our search attributes is done without them, before it is asked again. */
const ASK_AGAIN_MS = 60_000;

/**
 * Tell workflows by `signalWithStart`; what is idle is started without a word, which costs an event less (design 3.3).
 *
 * To start is to tell: a workflow begins by looking. Should one run already, it is told after all.
 *
 * Search attributes are for people: where they are not registered, work goes on without.
 */
export function createSignaller(client: Client): Signaller {
  let plainUntil = 0;

  const tell = (claim: Told, searchable: boolean): Promise<boolean> => {
    const { model, id, first } = claim;
    const options = {
      workflowId: workflowIdOf(claim),
      taskQueue: claim.synchronizer,
      args: [{ model, id, searchable, first } satisfies SyncObjectInput] as [SyncObjectInput],
      staticSummary: workflowIdOf(claim),
      priority: { priorityKey: Math.min(Math.max(claim.priority, 1), 5) },
      ...(searchable
        ? {
            typedSearchAttributes: [
              { key: SYNCHRONIZER, value: claim.synchronizer },
              { key: MODEL, value: model },
              { key: OBJECT_ID, value: String(id) },
              { key: SYNC_STATE, value: 'syncing' },
            ],
          }
        : {}),
    };
    const signalled = async (): Promise<false> => {
      const { generation, version, stop, cause } = claim;
      await (claim.hasChanged || cause === null
        ? client.workflow.signalWithStart('syncObject', {
            ...options,
            signal: changed,
            signalArgs: [{ generation, version, stop }],
          })
        : client.workflow.signalWithStart('syncObject', {
            ...options,
            signal: dependencySynced,
            signalArgs: [cause],
          }));
      return false;
    };
    return answered(client, async () => {
      if (!claim.isIdle) return signalled();
      try {
        await client.workflow.start('syncObject', options);
        return true;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        return signalled();
      }
    });
  };

  return {
    async send(claim) {
      const searchable = performance.now() >= plainUntil;
      try {
        return await tell(claim, searchable);
      } catch (error) {
        if (!searchable || !isUnregisteredAttribute(error)) throw error;
        plainUntil = performance.now() + ASK_AGAIN_MS;
        return await tell(claim, false);
      }
    },
  };
}
