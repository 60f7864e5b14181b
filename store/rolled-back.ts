import type { Queryable } from './database.ts';
import type { Registry } from './registry.ts';
import type { Store } from './store.ts';

/** Do the work of a transaction, and store nothing of it. What it has locked is held until it ends. */
export async function rolledBack<T>(
  store: Pick<Store, 'inModels'>,
  work: (tx: Queryable, registry: Registry) => Promise<T>,
): Promise<T> {
  class Undone extends Error {
    readonly result: T;
    constructor(result: T) {
      super('nothing is stored');
      this.result = result;
    }
  }
  try {
    return await store.inModels(async (tx, registry) => {
      throw new Undone(await work(tx, registry));
    });
  } catch (error) {
    if (error instanceof Undone) return error.result as T;
    throw error;
  }
}
