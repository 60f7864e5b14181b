import { faceOf, STATES } from '../states.ts';
import type { Row } from './rows.ts';

/** What a search asks for: all of it must be so. */
export interface Search {
  /** Keys of states; none means any. */
  readonly states: readonly string[];
  readonly models: readonly string[];
  readonly words: readonly string[];
}

/** Read a search: `state:error,waiting`, `model:Color`, and words of the object's name, `Model/id` or reason. */
export function searchIn(text: string): Search {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const valuesOf = (prefix: string): string[] =>
    tokens
      .filter((token) => token.startsWith(prefix))
      .flatMap((token) => token.slice(prefix.length).toLowerCase().split(','))
      .filter((value) => value !== '');
  return {
    states: valuesOf('state:'),
    models: valuesOf('model:'),
    words: tokens.filter((token) => !/^(state|model):/.test(token)).map((token) => token.toLowerCase()),
  };
}

export function matches(row: Row, { states, models, words }: Search): boolean {
  if (states.length > 0 && !states.includes(faceOf(row.word).key)) return false;
  if (models.length > 0 && !models.includes(row.model.toLowerCase())) return false;
  const object = row.object.toLowerCase();
  return words.every((word) =>
    // A whole `Model/id` means that one, and not all that begin like it.
    /\/\d+$/.test(word)
      ? object === word
      : object.includes(word) ||
        row.name.toLowerCase().includes(word) ||
        row.reason.toLowerCase().includes(word),
  );
}

/** What in a search names no state, and would find nothing. */
export function unknownStates({ states }: Search): string[] {
  return states.filter((key) => !STATES.some((face) => face.key === key));
}

/** The search with this state asked for, or no more when it was. */
export function toggleState(text: string, key: string): string {
  const { states } = searchIn(text);
  const rest = text.split(/\s+/).filter((token) => token !== '' && !token.startsWith('state:'));
  return [...(states.length === 1 && states[0] === key ? [] : [`state:${key}`]), ...rest].join(' ');
}
