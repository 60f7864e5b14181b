import type { ApiObject } from '../client/wire.ts';
import type { Terminal } from './terminal.ts';

type Color = Exclude<keyof Terminal['colors'], 'isColorSupported'>;

/** What people see of each state: never colour alone, and red for errors only. */
const STATES: Readonly<Record<string, readonly [shape: string, color: Color]>> = {
  Synced: ['✔', 'green'],
  Syncing: ['◌', 'blue'],
  Waiting: ['⧗', 'yellow'],
  Deferred: ['↻', 'yellow'],
  Error: ['✗', 'red'],
  'Error (blocked)': ['◇', 'red'],
  Stalled: ['■', 'magenta'],
  Paused: ['‖', 'gray'],
  'Not managed': ['–', 'gray'],
  Deleting: ['⌫', 'magentaBright'],
  Pretended: ['◇', 'cyan'],
};

/** The word for an object's state; one that waits for a failed object is itself in error, as XOS has it. */
export function stateWord(object: Pick<ApiObject, 'state' | 'backend_code'>): string {
  return object.state === 'Waiting' && object.backend_code === 2 ? 'Error (blocked)' : object.state;
}

/** `text` in the colour of the state. */
export function inStateColor(word: string, text: string, { colors }: Terminal): string {
  return colors[STATES[word]?.[1] ?? 'reset'](text);
}

/** The words of these counts, in the order in which states are listed everywhere; none of which there is nothing. */
export function shownStates(counts: Readonly<Record<string, number>>): string[] {
  const words = Object.keys(counts).filter((word) => (counts[word] ?? 0) > 0);
  const known = Object.keys(STATES);
  const place = (word: string): number => (known.includes(word) ? known.indexOf(word) : known.length);
  return words.toSorted((a, b) => place(a) - place(b));
}

export function stateShape(word: string): string {
  return STATES[word]?.[0] ?? '?';
}

/** What is said of an object in a list; what holds it is spelled so that it can be pasted back. */
export function reasonText(status: string): string {
  return status.replace(/^Failed due to error in model (\w+) id (\d+): /, 'waits for $1/$2: ');
}

/** Nothing is left to be done for it. */
export function isSettled(object: ApiObject): boolean {
  return object.backend_code === 1 && !object.deleted;
}
