import type { ApiObject } from '../client/wire.ts';

/** A state as people see it: word, shape (state-shape.tsx) and colour, never colour alone. */
export interface StateFace {
  /** What `state:` in a search says. */
  readonly key: string;
  readonly word: string;
  /** Which of the colours in style/tokens.css. */
  readonly tone: 'green' | 'blue' | 'yellow' | 'red' | 'magenta' | 'grey' | 'violet' | 'cyan';
}

/** All of them, those first that somebody should look at. */
export const STATES: readonly StateFace[] = [
  { key: 'error', word: 'Error', tone: 'red' },
  { key: 'stalled', word: 'Stalled', tone: 'magenta' },
  { key: 'blocked', word: 'Error (blocked)', tone: 'red' },
  { key: 'waiting', word: 'Waiting', tone: 'yellow' },
  { key: 'deferred', word: 'Deferred', tone: 'yellow' },
  { key: 'syncing', word: 'Syncing', tone: 'blue' },
  { key: 'deleting', word: 'Deleting', tone: 'violet' },
  { key: 'paused', word: 'Paused', tone: 'grey' },
  { key: 'pretended', word: 'Pretended', tone: 'cyan' },
  { key: 'unmanaged', word: 'Not managed', tone: 'grey' },
  { key: 'synced', word: 'Synced', tone: 'green' },
];

/** The word for an object's state; one that waits for a failed object is itself in error, as XOS has it. */
export function stateWord({ state, backend_code }: Pick<ApiObject, 'state' | 'backend_code'>): string {
  return state === 'Waiting' && backend_code === 2 ? 'Error (blocked)' : state;
}

const faces = new Map(STATES.map((face) => [face.word, face]));

/** The face of a word; one that a newer server says is shown as it is. */
export function faceOf(word: string): StateFace {
  return faces.get(word) ?? { key: word.toLowerCase(), word, tone: 'grey' };
}

/** Nothing is left to be done. */
export const isSettled = (word: string): boolean => word === 'Synced' || word === 'Not managed';
