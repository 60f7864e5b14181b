import type { LoadedWatcher } from '../activities/index.ts';
import { modelNamesOf, type AnyStep, type AnyWatcher } from '../define/synchronizer.ts';
import type { HandleWatchedObject, ModelLink } from '../define/watcher.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import { dependenciesOf, type Dependency } from '../plan/dependencies.ts';
import { followPath } from '../plan/path.ts';
import { watchedWithin, type Watched } from '../plan/watched.ts';
import { namesOf } from './names.ts';

/** A watcher, or a step that is one besides (a hybrid). */
interface Watching {
  readonly kind: string;
  readonly synchronizes: unknown;
  readonly watched?: readonly ModelLink[];
  readonly watchDegree?: number;
  readonly handleWatchedObject?: HandleWatchedObject;
}

/**
 * Find the watchers of a synchronizer, its hybrid steps included, each under a name that stays the same.
 *
 * @param dependencies the model dependency graph, for `watchDegree`
 * @returns with all that is wrong with them, each a sentence
 */
export function loadWatchers(
  synchronizer: string,
  code: { readonly steps: readonly AnyStep[]; readonly watchers: readonly AnyWatcher[] },
  models: readonly ModelDefinition[],
  dependencies: ReadonlyMap<string, readonly Dependency[]> = dependenciesOf(models).ofModel,
): { watchers: Map<string, LoadedWatcher>; faults: string[] } {
  const steps = code.steps.filter(
    ({ watched, watchDegree, handleWatchedObject }) =>
      watched !== undefined || watchDegree !== undefined || handleWatchedObject !== undefined,
  );
  const all = [...steps, ...code.watchers] as readonly Watching[];
  const names = namesOf(synchronizer, all);
  const watchers = new Map<string, LoadedWatcher>();
  const faults = all.flatMap((one, index) => {
    const name = names[index] ?? '';
    const { watched, faults: found } = watchedBy(one, models, dependencies);
    const { handleWatchedObject } = one;
    if (handleWatchedObject === undefined) found.push('it has no handleWatchedObject');
    else if (watched.length > 0) {
      // Called on its own object: an author may write it as a method.
      const handle: HandleWatchedObject = (object, event) => handleWatchedObject.call(one, object, event);
      watchers.set(name, { name, synchronizes: modelNamesOf(one), watched, handle });
    }
    return found.map((fault) => `${name}: ${fault}`);
  });
  return { watchers, faults };
}

function watchedBy(
  one: Watching,
  models: readonly ModelDefinition[],
  dependencies: ReadonlyMap<string, readonly Dependency[]>,
): { watched: Watched[]; faults: string[] } {
  const synchronizes = modelNamesOf(one);
  const unknown = synchronizes.filter((name) => !models.some((model) => model.name === name));
  if (unknown.length > 0) {
    return { watched: [], faults: unknown.map((name) => `it synchronizes ${unknownModel(models, name)}`) };
  }
  if (one.watched !== undefined) {
    const watched = one.watched.map(({ model, via, into }) => ({
      model: model.name,
      via,
      ...(into !== undefined && { into }),
    }));
    return { watched, faults: watched.flatMap((link) => faultsOf(link, synchronizes, models)) };
  }
  try {
    return { watched: watchedWithin(models, dependencies, synchronizes, one.watchDegree ?? 0), faults: [] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { watched: [], faults: [error.message] };
  }
}

function faultsOf(
  { model, via, into }: Watched,
  synchronizes: readonly string[],
  models: readonly ModelDefinition[],
): string[] {
  const watched = models.find(({ name }) => name === model);
  if (watched === undefined) return [`it watches ${unknownModel(models, model)}`];
  const isKin = (end: string): boolean =>
    end === model ||
    watched.bases.includes(end) ||
    models.some(({ name, bases }) => name === end && bases.includes(model));
  const leads = synchronizes.some((from) => {
    const path = followPath(models, from, via);
    return path !== undefined && isKin(path.end);
  });
  const members = [...watched.fields, ...watched.links].map(({ name }) => name);
  return [
    ...(leads
      ? []
      : [`it watches ${model} via ${via}, which does not lead there from ${synchronizes.join(' or ')}`]),
    ...(into === undefined || members.includes(into)
      ? []
      : [`it watches ${into} of ${model}, which has no such field${didYouMean(nearest(into, members))}`]),
  ];
}

function unknownModel(models: readonly ModelDefinition[], name: string): string {
  const guess = nearest(
    name,
    models.map((model) => model.name),
  );
  return `${name}, which no xproto declares${didYouMean(guess)}`;
}

const didYouMean = (guess: string | undefined): string =>
  guess === undefined ? '' : `; did you mean ${guess}?`;
