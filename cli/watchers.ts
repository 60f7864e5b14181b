import type { ApiSynchronizer } from '../client/operate-wire.ts';
import { EXIT } from './explain.ts';
import { countText } from './fleet-lines.ts';
import type { Session } from './session.ts';
import { spanText } from './spans.ts';
import { table, type Column } from './table.ts';

type Watcher = ApiSynchronizer['watchers'][number];
type Parked = ApiSynchronizer['parked'][number];

const WATCHER_COLUMNS: readonly Column<Watcher>[] = [
  { title: 'WATCHER', cell: ({ name }) => name },
  { title: 'EVENTS BEHIND', cell: ({ undelivered }) => countText(undelivered) },
  { title: 'GIVEN UP', cell: ({ parked }) => countText(parked) },
];

const PARKED_COLUMNS: readonly Column<Parked>[] = [
  { title: 'GIVEN UP', cell: ({ object }) => object },
  { title: 'EVENT', cell: ({ event }) => event },
  { title: 'WATCHER', cell: ({ watcher }) => watcher },
  { title: 'AGO', cell: ({ at }) => spanText(Date.now() - Date.parse(at)) },
  { title: 'ERROR', cell: ({ error }) => error },
];

/** List the watchers, and the events that they have failed on for good. */
export async function list({ client, terminal }: Session): Promise<number> {
  const synchronizers = await client.synchronizers();
  const watchers = synchronizers.flatMap((one) => one.watchers);
  const parked = synchronizers.flatMap((one) => one.parked);
  if (watchers.length === 0) terminal.note('There are no watchers.');
  else terminal.out(table(WATCHER_COLUMNS, watchers, terminal.width));
  const [first] = parked;
  if (first !== undefined) {
    terminal.out(`\n${table(PARKED_COLUMNS, parked, terminal.width)}`);
    terminal.note(`To deliver them again:  accord watchers retry '${first.watcher}'`);
  }
  return EXIT.ok;
}

/** Deliver again what was given up of watchers. */
export async function retry(names: readonly string[], { client, terminal }: Session): Promise<number> {
  for (const name of names) {
    const count = await client.retryWatcher(name);
    terminal.out(count === 0 ? `${name} has given up nothing` : `${name} is told ${countText(count)} again`);
  }
  return EXIT.ok;
}
