import type { ApiEvent } from '../client/operate-wire.ts';
import { EXIT } from './explain.ts';
import { connectionTeller } from './lost-connection.ts';
import { objectNamed, refOf, spell } from './names.ts';
import { timeText } from './spans.ts';
import { printable } from './table.ts';
import type { Session } from './session.ts';

export interface EventFlags {
  readonly follow: boolean;
  /** Only the last so many. */
  readonly tail: number;
  readonly output: 'text' | 'json';
}

/** Show what has happened, oldest first; with `follow`, go on as it happens. */
export async function events(
  names: readonly string[],
  { follow, tail, output }: EventFlags,
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const limit = Math.min(Math.max(tail, 1), 1000);
  const models = names.length === 0 ? [] : await client.models();
  const objects = [];
  for (const name of names) objects.push(await objectNamed(name, models, client));
  const wanted = new Set(objects.map(spell));
  const print = (event: ApiEvent): void => {
    terminal.out(output === 'json' ? JSON.stringify(event) : eventLine(event));
  };

  // The place first: what happens while the rest is read is told by the stream, and told once.
  const last = await client.lastEvents(wanted.size === 0 ? limit : 1);
  const past =
    wanted.size === 0
      ? last.items
      : (await Promise.all(objects.map((object) => client.eventsOf(refOf(object), limit))))
          .flat()
          .sort((a, b) => a.id - b.id)
          .slice(-limit);
  past.forEach(print);
  if (!follow) {
    if (past.length === 0) terminal.note('Nothing has happened yet.');
    return EXIT.ok;
  }
  const told = new Set(past.map(({ id }) => id));
  const onConnection = connectionTeller(terminal);
  for await (const event of client.follow({ cursor: last.cursor, onConnection })) {
    const isMeant = wanted.size === 0 || (event.object !== null && wanted.has(event.object));
    if (isMeant && !told.has(event.id)) print(event);
  }
  return EXIT.ok;
}

/** `12:14:55  failed  Color/3  by api  HTTP 503 …` */
export function eventLine(event: ApiEvent, now = Date.now()): string {
  const by = event.writer === null ? '' : `by ${event.writer}`;
  const columns = [
    timeText(event.at, now),
    event.kind.padEnd(19),
    (event.object ?? '–').padEnd(24),
    by,
    detailOf(event),
  ];
  return columns
    .filter((column) => column !== '')
    .map(shown)
    .join('  ')
    .trimEnd();
}

/** Blanks that line up the columns stay. */
const shown = (column: string): string => printable(column).padEnd(column.length);

/** What changed, or what was said. */
function detailOf({ detail }: ApiEvent): string {
  const { before, after, text, reason, generation } = detail;
  if (isFields(before) && isFields(after)) {
    const changes = Object.keys({ ...before, ...after }).map(
      (key) => `${key} ${JSON.stringify(before[key] ?? null)} → ${JSON.stringify(after[key] ?? null)}`,
    );
    return changes.join(', ');
  }
  if (typeof text === 'string') return text;
  if (typeof reason === 'string') return reason;
  return typeof generation === 'number' ? `generation ${generation}` : '';
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
