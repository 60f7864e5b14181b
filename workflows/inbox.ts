import { CancellationScope, setHandler, workflowInfo } from '@temporalio/workflow';
import { changed, dependencySynced } from './messages.ts';

/** After so many signals the workflow starts afresh, so that its history stays short. */
const MOST_SIGNALS = 2_000;

/** What the workflow has heard. Counting is enough: what a signal means is looked up in Postgres. */
export interface Inbox {
  /** Signals so far: «has anything come since?» is a comparison. */
  count(): number;
  /** History has grown: continue as new at the next good moment. */
  isFull(): boolean;
  /**
   * Run an attempt that a newer goal interrupts.
   *
   * Cancelling ends a backoff at once. A running attempt is only made to look (design 3.4): it may well finish.
   */
  interruptible<T>(generation: number, attempt: () => Promise<T>): Promise<T | 'interrupted'>;
}

export function openInbox(): Inbox {
  let signals = 0;
  let newest = 0;
  let current: { readonly scope: CancellationScope; readonly generation: number } | undefined;

  const isFull = (): boolean => signals >= MOST_SIGNALS || workflowInfo().continueAsNewSuggested;
  const interrupt = (): void => {
    if (current !== undefined && (newest > current.generation || isFull())) current.scope.cancel();
  };

  setHandler(changed, ({ generation, stop }) => {
    signals += 1;
    newest = Math.max(newest, generation);
    if (stop) current?.scope.cancel();
    else interrupt();
  });
  setHandler(dependencySynced, () => {
    signals += 1;
    interrupt();
  });

  return {
    count: () => signals,
    isFull,
    async interruptible(generation, attempt) {
      const scope = new CancellationScope();
      current = { scope, generation };
      try {
        return await scope.run(attempt);
      } catch (error) {
        // A failure that follows a cancel may come as ActivityFailure rather than as cancellation: either is «look again».
        if (!scope.consideredCancelled) throw error;
        return 'interrupted';
      } finally {
        current = undefined;
      }
    },
  };
}
