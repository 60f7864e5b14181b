import type { ModelDefinition } from '../model/definition.ts';
import type { Reads } from '../store/reads.ts';
import type { Fields } from '../store/types.ts';
import type { AuthorObject } from './reader.ts';

/** Notes what author code looks at: fields of the objects that it loads, and results of its searches. */
export interface ReadLog {
  /** The object, as frozen and as plain as it was; each field that is looked at is noted. */
  watch(object: AuthorObject, definition: ModelDefinition): AuthorObject;
  searched(model: string, predicate: Fields, ids: readonly number[]): void;
  /** All that was looked at so far. */
  reads(): Reads;
}

/**
 * Open a log of what one attempt reads.
 *
 * Destructuring, spread and JSON.stringify count as looking at the fields that they touch. Printing does not: what
 * is only printed has no part in what the step does.
 */
export function openReadLog(): ReadLog {
  const fields: Reads['fields'][number][] = [];
  const searches: Reads['searches'][number][] = [];

  return {
    watch(object, definition) {
      const names = new Set([...definition.fields, ...definition.links].map(({ name }) => name));
      const noted = new Set<string>();
      return new Proxy(object, {
        get(target, key, receiver) {
          if (typeof key === 'string' && names.has(key) && !noted.has(key)) {
            noted.add(key);
            const value = target[key] ?? null;
            fields.push({ target: target.id, model: target.model, field: key, value });
          }
          return Reflect.get(target, key, receiver) as unknown;
        },
      });
    },
    searched(model, predicate, ids) {
      searches.push({ model, predicate, ids });
    },
    // A copy: what is looked at after the attempt has ended is looked at by nobody who counts.
    reads: () => ({ fields: [...fields], searches: [...searches] }),
  };
}
