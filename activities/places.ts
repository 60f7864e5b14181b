import type { AnyStep } from '../define/synchronizer.ts';
import type { Ref } from '../model/definition.ts';
import type { Fence, Loaded } from '../store/attempts.ts';
import { freePlaces, keepPlaces, takePlace, type Limit } from '../store/places.ts';
import { complete } from '../store/read.ts';
import type { ActivitySetup } from './create-activities.ts';
import { authorObject, collectSecrets, type AuthorObject } from './reader.ts';

/** The limits that an attempt is under; when its author's code cannot name its back end, the fault that ends it. */
export async function limitsFor(
  setup: ActivitySetup,
  ref: Ref,
  loaded: Loaded,
  secrets: Set<string>,
): Promise<{ readonly limits: readonly Limit[]; readonly fault?: Error }> {
  const definition = (await setup.store.models()).get(ref.model)?.definition;
  const fields = definition === undefined ? loaded : complete(definition, loaded);
  collectSecrets(definition, { ...fields.declarative, ...fields.feedback }, secrets);
  try {
    return { limits: limitsOf(setup, setup.steps.get(ref.model), authorObject({ ...ref, ...fields })) };
  } catch (error) {
    return { limits: [], fault: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Those of its step, and that of the back end that the step names for it. */
function limitsOf(setup: ActivitySetup, step: AnyStep | undefined, object: AuthorObject): Limit[] {
  const limits: Limit[] = [];
  if (step?.concurrency !== undefined) {
    limits.push({ name: `step ${setup.synchronizer}/${object.model}`, concurrency: step.concurrency });
  }
  const backend = step?.backend?.(object);
  const limit = backend === undefined ? undefined : setup.limits.get(backend);
  if (backend !== undefined && limit !== undefined) limits.push({ ...limit, name: `backend ${backend}` });
  return limits;
}

/** Places of an attempt, over all workers. */
export interface Places {
  readonly keep: () => Promise<void>;
  readonly free: () => Promise<void>;
}

/** Take a place of each limit. Undefined: one of them has none; nothing is taken then. */
export async function takePlaces(
  setup: ActivitySetup,
  limits: readonly Limit[],
  fence: Fence,
): Promise<Places | undefined> {
  const { database } = setup.store;
  for (const limit of limits) {
    if (await takePlace(database, limit, fence, setup.settings.leaseMs)) continue;
    await freePlaces(database, fence);
    return undefined;
  }
  const isNone = limits.length === 0;
  return {
    keep: async () => {
      if (!isNone) await keepPlaces(database, fence, setup.settings.leaseMs);
    },
    free: async () => {
      if (!isNone) await freePlaces(database, fence);
    },
  };
}
