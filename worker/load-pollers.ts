import type { LoadedPoller } from '../activities/index.ts';
import type { SelectContext } from '../define/context.ts';
import { modelNamesOf, type AnyStep } from '../define/synchronizer.ts';
import { namesOf } from './names.ts';

const DEFAULT_EVERY_MS = 60_000;

/** Find the steps that choose what is due, each under a name that stays the same. */
export function loadPollers(
  synchronizer: string,
  steps: readonly AnyStep[],
): { pollers: Map<string, LoadedPoller>; faults: string[] } {
  const polling = steps.filter((step) => step.fetchPending !== undefined);
  const names = namesOf(synchronizer, polling);
  const pollers = polling.map((step, index): LoadedPoller => {
    const fetchPending = (deleted: boolean, context: SelectContext): unknown =>
      step.fetchPending?.(deleted, context);
    const everyMs = step.pollEveryMs ?? DEFAULT_EVERY_MS;
    return { name: names[index] ?? '', models: modelNamesOf(step), everyMs, fetchPending };
  });
  const faults = steps.flatMap((step) => {
    const { pollEveryMs } = step;
    const name = modelNamesOf(step).join(', ');
    if (pollEveryMs === undefined) return [];
    if (step.fetchPending === undefined)
      return [`the step of ${name} has pollEveryMs, but no fetchPending to call so often`];
    return Number.isSafeInteger(pollEveryMs) && pollEveryMs > 0
      ? []
      : [
          `pollEveryMs of the step of ${name} is ${pollEveryMs}: it must be a whole number of milliseconds above 0`,
        ];
  });
  return { pollers: new Map(pollers.map((poller) => [poller.name, poller])), faults };
}
