import { stationOf } from '../store/turn.ts';
import { attendIdOf, wake, type AttendInput } from '../workflows/messages.ts';
import type { RunErrand } from './errands.ts';
import { answered } from './temporal.ts';

/** The errand `deliver <watcher>`: see to it that somebody delivers. */
export const deliver: RunErrand = (context, { subject }) => attend(context, 'watchers', subject ?? '');

/** The errand `select <step>`: see to it that a step is asked which of its objects are due. */
export const select: RunErrand = (context, { subject }) => attend(context, 'pollers', subject ?? '');

async function attend(
  { store, client }: Parameters<RunErrand>[0],
  at: 'watchers' | 'pollers',
  name: string,
): Promise<void> {
  const station = await stationOf(store.database, at, name);
  // What is registered no longer has nothing to do. Of a disabled one, the worker that enables it sees to the rest.
  if (station === undefined || station.disabled) return;
  const workflowId = attendIdOf(at, name);
  await answered(client, () =>
    client.workflow.signalWithStart(at === 'watchers' ? 'deliverEvents' : 'select', {
      workflowId,
      taskQueue: station.synchronizer,
      args: [{ name }] satisfies [AttendInput],
      signal: wake,
      staticSummary: workflowId,
    }),
  );
}
