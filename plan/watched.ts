import type { ModelDefinition } from '../model/definition.ts';
import type { Dependency } from './dependencies.ts';

/** A watched model, the path to it from the synchronized one, and, maybe, the one field of it that counts. */
export interface Watched {
  readonly model: string;
  /** Accessors with dots between. Empty: no path is known, so that every object counts as reaching it. */
  readonly via: string;
  readonly into?: string;
}

/** More paths than this are more than anybody means. */
const MOST_PATHS = 1_000;

/**
 * Find what a watcher watches implicitly: every model within `degree` outgoing edges of those that it synchronizes.
 *
 * Where an xos_link says `into`, that is all that is watched. A dependency on a base model may be on any of its
 * descendants, so theirs are followed too.
 *
 * @param dependencies the model dependency graph
 * @param degree 0: nothing
 * @throws {RangeError} when that is more than a thousand paths
 */
export function watchedWithin(
  models: readonly ModelDefinition[],
  dependencies: ReadonlyMap<string, readonly Dependency[]>,
  synchronizes: readonly string[],
  degree: number,
): Watched[] {
  const found = new Map<string, Watched>();
  let frontier: readonly Reached[] = synchronizes.map((model) => ({ model, path: [] }));
  for (let distance = 1; distance <= degree; distance += 1) {
    const next = frontier.flatMap((reached) => edgesFrom(models, dependencies, reached));
    for (const { model, path, into } of next) {
      const watched = { model, via: path?.join('.') ?? '', ...(into !== undefined && { into }) };
      found.set(JSON.stringify(watched), watched);
    }
    if (found.size > MOST_PATHS) {
      throw new RangeError(
        `watchDegree ${degree} reaches more than ${MOST_PATHS} paths; name what is watched`,
      );
    }
    frontier = distinct(next);
  }
  return [...found.values()];
}

interface Reached {
  readonly model: string;
  /** Undefined: it cannot be evaluated. */
  readonly path: readonly string[] | undefined;
  readonly into?: string;
}

function edgesFrom(
  models: readonly ModelDefinition[],
  dependencies: ReadonlyMap<string, readonly Dependency[]>,
  from: Reached,
): Reached[] {
  const kin = models.filter(({ name, bases }) => name === from.model || bases.includes(from.model));
  return kin.flatMap(({ name, xosLinks }) =>
    (dependencies.get(name) ?? []).flatMap((dependency) => {
      const via = dependency.path.join('.');
      const path = via === '' || from.path === undefined ? undefined : [...from.path, ...dependency.path];
      const intos = xosLinks.flatMap((xosLink) => (xosLink.via === via && xosLink.into) || []);
      const reached: Reached = { model: dependency.destModel, path };
      return intos.length === 0 ? [reached] : intos.map((into) => ({ ...reached, into }));
    }),
  );
}

const distinct = (all: readonly Reached[]): Reached[] => [
  ...new Map(all.map(({ model, path }) => [JSON.stringify([model, path]), { model, path }])).values(),
];
