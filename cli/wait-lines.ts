import type { ApiObject } from '../client/wire.ts';
import { countText, statesText } from './fleet-lines.ts';
import { title } from './names.ts';
import { inStateColor, reasonText, stateShape, stateWord } from './states.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** More would hide what was said before. */
const SHOWN = 12;

interface Standing {
  readonly all: number;
  readonly pending: number;
  readonly goal: string;
}

/** How far a wait has come: counts, and the first of those that it waits for. */
export function waitLines(
  objects: readonly ApiObject[],
  { all, pending, goal }: Standing,
  terminal: Terminal,
): string[] {
  const states: Record<string, number> = {};
  for (const word of objects.map(stateWord)) states[word] = (states[word] ?? 0) + 1;
  const counts = `${countText(all - pending)} of ${countText(all)} ${goal}`;
  return [
    `${counts}  ${statesText(states, terminal)}`.trimEnd(),
    ...objects.slice(0, SHOWN).map((object) => inStateColor(stateWord(object), waitLine(object), terminal)),
    ...(objects.length > SHOWN ? [`… ${countText(objects.length - SHOWN)} more`] : []),
  ];
}

/** How an object stands that is waited for: `✗ Color/3 red  Error  HTTP 503 …`. */
export function waitLine(object: ApiObject): string {
  const word = stateWord(object);
  return printable(`${stateShape(word)} ${title(object)}  ${word}  ${reasonText(object.backend_status)}`);
}
