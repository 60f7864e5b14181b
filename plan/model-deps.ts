import { load, YAMLException } from 'js-yaml';
import { isLargerThan } from '../model/expansion.ts';

/** One dependency of a model, as model-deps.yaml has it. */
export interface ModelDep {
  readonly dest: string;
  /** The link that leads there, or several with dots between. Absent in the plain form, which names no link. */
  readonly accessor?: string;
  /** The name that the other side has for it. */
  readonly reverse?: string;
  /** `""` or `"fake_accessor"`: on purpose a dependency on every object of that model. */
  readonly isGuess: boolean;
}

/** What each model depends on. A model that is named here with no dependency has none. */
export type ModelDeps = ReadonlyMap<string, readonly ModelDep[]>;

/**
 * Read the text of a `model-deps.yaml` or `model-deps`: YAML or JSON, with comments.
 *
 * Both forms are known: `{Model: [[Dest, accessor, reverse accessor]]}` and `{Model: [Dest]}`.
 *
 * @returns all faults at once, each a sentence; with any, `deps` holds what could be read
 * @see CORD Build 2017, «On-boarding Services: Developing Synchronizers», «model-deps.yaml»
 */
export function parseModelDeps(text: string): { deps: ModelDeps; faults: string[] } {
  if (text.split('\n').every((line) => /^\s*(#.*)?$/.test(line))) return readModelDeps({});
  try {
    const value = load(text) ?? {};
    if (!isLargerThan(value, MOST_VALUES)) return readModelDeps(value);
    return {
      deps: new Map(),
      faults: [`holds more than ${MOST_VALUES} values, its aliases (*name) written out`],
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { deps: new Map(), faults: [`not readable as YAML: ${error.message}`] };
  }
}

/** Of thousands of models, each with many dependencies. */
const MOST_VALUES = 1_000_000;

/** Read model dependencies that are parsed already. */
export function readModelDeps(value: unknown): { deps: ModelDeps; faults: string[] } {
  if (!isMapping(value)) {
    return { deps: new Map(), faults: [`${shown(value)} is no mapping of models to their dependencies`] };
  }
  const faults: string[] = [];
  const deps = new Map<string, readonly ModelDep[]>();
  for (const [model, entries] of Object.entries(value)) {
    // `Color:` with nothing behind it is what YAML makes of an empty list that was forgotten.
    const list = entries ?? [];
    if (!Array.isArray(list)) {
      faults.push(`${model}: ${shown(entries)} is no list of dependencies`);
      continue;
    }
    if (isLoneEntry(list)) {
      faults.push(
        `${model}: ${shown(list)} looks like one dependency; a list of them is wanted: [${shown(list)}]`,
      );
    }
    deps.set(
      model,
      list.flatMap((entry, index) => {
        const dep = readEntry(entry);
        if (dep === undefined) faults.push(`${model}, dependency ${index + 1}: ${shown(entry)} is ${WANTED}`);
        return dep ?? [];
      }),
    );
  }
  return { deps, faults };
}

const WANTED = 'neither a model name nor [model, accessor, reverse accessor]';

function readEntry(entry: unknown): ModelDep | undefined {
  if (typeof entry === 'string') return entry === '' ? undefined : { dest: entry, isGuess: false };
  if (!Array.isArray(entry) || entry.length === 0 || entry.length > 3) return undefined;
  const [dest, accessor, reverse] = entry as unknown[];
  if (typeof dest !== 'string' || dest === '') return undefined;
  if (accessor !== undefined && (typeof accessor !== 'string' || !isAccessor(accessor))) return undefined;
  if (reverse !== undefined && reverse !== null && typeof reverse !== 'string') return undefined;
  const isGuess = accessor === '' || accessor === 'fake_accessor';
  return {
    dest,
    ...(accessor === undefined || isGuess ? {} : { accessor }),
    ...(typeof reverse === 'string' && reverse !== '' ? { reverse } : {}),
    isGuess,
  };
}

/** `[Dest, accessor, reverse]` in the place of `[[Dest, accessor, reverse]]`: three models, if it were taken as it is. */
function isLoneEntry(list: readonly unknown[]): boolean {
  const [dest, ...rest] = list;
  const startsWithCapital = (value: unknown): boolean => typeof value === 'string' && /^[A-Z]/.test(value);
  return (
    rest.length > 0 &&
    startsWithCapital(dest) &&
    rest.every((name) => typeof name === 'string' && !startsWithCapital(name))
  );
}

const isAccessor = (text: string): boolean =>
  text === '' || text.split('.').every((part) => part.trim() !== '');

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  // Of nothing but what YAML and JSON know: always a text.
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59).toWellFormed()}…`;
}
