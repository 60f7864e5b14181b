import type { Reader } from '../define/context.ts';
import type { ModelDefinition, Ref } from '../model/definition.ts';
import type { Store } from '../store/store.ts';
import type { Fields, Value } from '../store/types.ts';
import { guarded, STEP_INSTEAD } from './guarded.ts';
import type { ReadLog } from './read-log.ts';

/** What author code receives of an object: one flat, frozen record. */
export type AuthorObject = Readonly<Record<string, Value>> & Ref;

interface Source extends Ref {
  readonly declarative: Fields;
  readonly feedback: Fields;
}

/** Show a stored object to author code. */
export function authorObject({ model, id, declarative, feedback }: Source): AuthorObject {
  return guarded({ ...declarative, ...feedback, model, id }, STEP_INSTEAD);
}

/** Collect the values of an object's secret fields, so that they can be masked in whatever its step says. */
export function collectSecrets(
  definition: ModelDefinition | undefined,
  fields: Fields,
  into: Set<string>,
): void {
  for (const field of definition?.fields ?? []) {
    if (!field.secret) continue;
    for (const value of [fields[field.name]].flat()) {
      // A PIN may be a number.
      if (typeof value === 'number' || (typeof value === 'string' && value !== '')) into.add(String(value));
    }
  }
}

/**
 * Give author code read access to objects.
 *
 * @param log notes what is looked at, when that matters to somebody
 */
export function createReader(store: Store, secrets: Set<string>, log?: ReadLog): Reader {
  const show = async (source: Source): Promise<AuthorObject> => {
    const definition = (await store.models()).get(source.model)?.definition;
    collectSecrets(definition, { ...source.declarative, ...source.feedback }, secrets);
    const object = authorObject(source);
    return log === undefined || definition === undefined ? object : log.watch(object, definition);
  };

  const follow = async (ref: Ref | null): Promise<AuthorObject | null> => {
    if (ref === null) return null;
    const object = await store.get({ model: ref.model, id: ref.id });
    if (object === null) throw new Error(`${ref.model}/${ref.id} is gone`);
    return show(object);
  };
  const find = async (
    model: { readonly name: string },
    where: Record<string, unknown>,
  ): Promise<AuthorObject[]> => {
    const plain = Object.entries(where).map(([name, value]) => [
      name,
      isRef(value) ? { model: value.model, id: value.id } : value,
    ]);
    const predicate = Object.fromEntries(plain) as Fields;
    const objects = await store.find(model.name, predicate);
    log?.searched(
      model.name,
      predicate,
      objects.map(({ id }) => id),
    );
    return Promise.all(objects.map(show));
  };
  // The types that authors see are those of their own models; here every object is alike.
  return { follow, find } as unknown as Reader;
}

const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && 'model' in value && 'id' in value;
