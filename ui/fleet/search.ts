import type { ApiSummary } from '../../client/operate-wire.ts';
import type { ApiModel } from '../../client/wire.ts';
import { faceOf, STATES } from '../states.ts';

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

/** The server's word for the key of a state. */
export const stateInApi = (key: string): string => (key === 'unmanaged' ? 'not managed' : key);

/** How many objects a search finds, by the counts of the summary; undefined where words must be looked for. */
export function countFound(
  { states, models, words }: Search,
  summary: ApiSummary,
  known: readonly ApiModel[],
): number | undefined {
  if (words.length > 0) return undefined;
  const isWanted = (name: string): boolean => {
    const bases = known.find((model) => model.name === name)?.bases ?? [];
    return models.length === 0 || [name, ...bases].some((one) => models.includes(one.toLowerCase()));
  };
  return summary.models
    .filter(({ model }) => isWanted(model))
    .flatMap((model) => Object.entries(model.states))
    .filter(([word]) => states.length === 0 || states.includes(faceOf(word).key))
    .reduce((sum, [, count]) => sum + count, 0);
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
