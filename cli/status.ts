import type { ApiSummary, ApiSynchronizer } from '../client/operate-wire.ts';
import { EXIT } from './explain.ts';
import { countText, fleetLines, statesText } from './fleet-lines.ts';
import type { Session } from './session.ts';
import { spanText } from './spans.ts';
import { table, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Show the fleet at a glance: objects by state and model, what has failed and why, and how synchronizers keep up. */
export async function status(
  { output }: { readonly output: 'text' | 'json' },
  { client, terminal }: Session,
): Promise<number> {
  const [summary, synchronizers] = [await client.summary(), await client.synchronizers()];
  if (output === 'json') terminal.out(JSON.stringify({ ...summary, synchronizers }, null, 2));
  else print(summary, synchronizers, terminal);
  return EXIT.ok;
}

const SYNCHRONIZER_COLUMNS: readonly Column<ApiSynchronizer>[] = [
  { title: 'SYNCHRONIZER', cell: ({ name }) => name },
  { title: 'WORKERS', cell: ({ workers }) => String(workers.length) },
  { title: 'RUNNING', cell: ({ running }) => countText(running) },
  {
    title: 'QUEUE',
    cell: ({ queue: { depth, oldest_ms: oldest } }) =>
      oldest === null ? countText(depth) : `${countText(depth)}, for ${spanText(oldest)}`,
  },
  {
    title: 'EVENTS BEHIND',
    cell: ({ watchers }) => countText(watchers.reduce((sum, { undelivered }) => sum + undelivered, 0)),
  },
  {
    title: 'NOTE',
    cell: ({ disabled, paused, pretend, parked }) =>
      [
        disabled ? 'disabled' : '',
        paused === null ? '' : `paused by ${paused.by}: ${paused.reason}`,
        pretend ? 'only pretends' : '',
        parked.length === 0 ? '' : `${parked.length} events were given up: accord watchers`,
      ]
        .filter((part) => part !== '')
        .join('; '),
  },
];

function print(summary: ApiSummary, synchronizers: readonly ApiSynchronizer[], terminal: Terminal): void {
  terminal.out(fleetLines(summary, synchronizers, terminal).join('\n'));
  if (summary.models.length > 0) {
    const columns: Column<ApiSummary['models'][number]>[] = [
      { title: 'MODEL', cell: ({ model }) => model },
      { title: 'OBJECTS', cell: ({ total }) => countText(total) },
      { title: 'STATES', cell: ({ states }) => statesText(states, terminal) },
    ];
    terminal.out(`\n${table(columns, summary.models, terminal.width)}`);
  }
  if (synchronizers.length > 0)
    terminal.out(`\n${table(SYNCHRONIZER_COLUMNS, synchronizers, terminal.width)}`);
  const [cause] = summary.causes.first;
  if (cause !== undefined)
    terminal.note(`To see what one holds, and what one can do:  accord why ${cause.object}`);
  else if (summary.total === 0)
    terminal.note(
      'There are no objects yet. `accord get` lists the models; create one: accord create MODEL …',
    );
}
