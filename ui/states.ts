import type { ApiObject } from '../client/wire.ts';

/** A state as people see it: word, shape and colour, never colour alone. */
export interface StateFace {
  /** What `state:` in a search says. */
  readonly key: string;
  readonly word: string;
  readonly shape: string;
  /** Which of the colours in style/tokens.css. */
  readonly tone: 'green' | 'blue' | 'yellow' | 'red' | 'magenta' | 'grey' | 'violet' | 'cyan';
}

/** All of them, those first that somebody should look at. */
export const STATES: readonly StateFace[] = [
  { key: 'error', word: 'Error', shape: '✗', tone: 'red' },
  { key: 'stalled', word: 'Stalled', shape: '■', tone: 'magenta' },
  { key: 'blocked', word: 'Error (blocked)', shape: '◇', tone: 'red' },
  { key: 'waiting', word: 'Waiting', shape: '⧗', tone: 'yellow' },
  { key: 'deferred', word: 'Deferred', shape: '↻', tone: 'yellow' },
  { key: 'syncing', word: 'Syncing', shape: '◌', tone: 'blue' },
  { key: 'deleting', word: 'Deleting', shape: '⌫', tone: 'violet' },
  { key: 'paused', word: 'Paused', shape: '‖', tone: 'grey' },
  { key: 'pretended', word: 'Pretended', shape: '◈', tone: 'cyan' },
  { key: 'unmanaged', word: 'Not managed', shape: '–', tone: 'grey' },
  { key: 'synced', word: 'Synced', shape: '✔', tone: 'green' },
];

/** The word for an object's state; one that waits for a failed object is itself in error, as XOS has it. */
export function stateWord({ state, backend_code }: Pick<ApiObject, 'state' | 'backend_code'>): string {
  return state === 'Waiting' && backend_code === 2 ? 'Error (blocked)' : state;
}

const faces = new Map(STATES.map((face) => [face.word, face]));

/** The face of a word; one that a newer server says is shown as it is. */
export function faceOf(word: string): StateFace {
  return faces.get(word) ?? { key: word.toLowerCase(), word, shape: '?', tone: 'grey' };
}

/** Nothing is left to be done. */
export const isSettled = (word: string): boolean => word === 'Synced' || word === 'Not managed';
