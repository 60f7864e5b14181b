import type { Ref } from '../model/definition.ts';
import { cohorts } from './cohorts.ts';
import { withGuesses, type Guess } from './guesses.ts';
import { nameOf, type Edge } from './graph.ts';
import type { ModelDep } from './model-deps.ts';
import type { OfflineObject, OfflinePlan } from './offline-file.ts';

/** Places in the list of objects. */
export interface OfflineAnswer {
  /** [i, j]: object i depends on object j. In ascending order, each once. */
  readonly edges: readonly (readonly [number, number])[];
  /** Each in the order of synchronization, or of deletion. */
  readonly cohorts: readonly (readonly number[])[];
}

/**
 * Plan objects that are in no database: what depends on what, and in which order they are synchronized or deleted.
 *
 * Dependencies are along `modelDeps` only. What cannot be evaluated, because an object does not say where an
 * accessor leads, counts as a dependency on every object of that model, as far as it closes no circle.
 *
 * @throws {CycleError} when objects depend on each other in a circle
 */
export function planOfflineObjects({ objects, modelDeps, isDeletion }: OfflinePlan): OfflineAnswer {
  const places = new Map(objects.map((object, place) => [nameOf(object), place]));
  const ofModel = Map.groupBy(objects, ({ model }) => model);

  const known: Edge[] = [];
  const guesses: Guess[] = [];
  for (const object of objects) {
    for (const dep of modelDeps.get(object.model) ?? []) {
      const targets = follow(objects, object, dep);
      if (targets === undefined) guesses.push({ from: object, to: ofModel.get(dep.dest) ?? [] });
      else known.push(...targets.map((to) => ({ from: object, to })));
    }
  }

  const edges = withGuesses(objects, known, guesses);
  const placeOf = (ref: Ref): number => places.get(nameOf(ref)) ?? -1;
  return {
    edges: distinct(edges.map(({ from, to }) => [placeOf(from), placeOf(to)] as const)),
    cohorts: cohorts(objects, edges, { deletion: isDeletion }).map((cohort) => cohort.map(placeOf)),
  };
}

/** Where an accessor leads from an object; undefined when that cannot be said. */
function follow(
  objects: readonly OfflineObject[],
  from: OfflineObject,
  { accessor, isGuess }: ModelDep,
): OfflineObject[] | undefined {
  if (accessor === undefined || isGuess) return undefined;
  let reached: OfflineObject[] = [from];
  for (const name of accessor.split('.')) {
    const next: OfflineObject[] = [];
    for (const { links } of reached) {
      const targets = links.get(name);
      if (targets === undefined) return undefined;
      next.push(...targets.flatMap((place) => objects[place] ?? []));
    }
    reached = next;
  }
  return reached;
}

function distinct(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const byKey = new Map(pairs.filter(([i, j]) => i !== j).map((pair) => [pair.join(), pair]));
  return [...byKey.values()].sort(([i, j], [k, l]) => i - k || j - l);
}
