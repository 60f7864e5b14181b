import type { Ref } from '../model/definition.ts';
import type { Queryable } from './database.ts';
import { readByIds } from './read.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { Store } from './store.ts';
import type { Fields, StoredObject } from './types.ts';

/** What a transaction has changed, for those who look after it has been rolled back. */
export interface Overlay {
  readonly registry: Registry;
  readonly objects: ReadonlyMap<number, StoredObject>;
  /** What `find` compares, as JSON by id; of the live ones. */
  readonly fields: ReadonlyMap<number, Fields>;
  /** Objects that are no more. */
  readonly gone: ReadonlySet<number>;
}

/** Remember what this transaction has changed so far. Not for one with savepoints: these have ids of their own. */
export async function rememberChanges(tx: Queryable, registry: Registry): Promise<Overlay> {
  const changed = await tx.query<{ id: number; deleted: boolean; fields: Fields }>(
    `select id, deleted, declarative || feedback as fields from objects where xmin = pg_current_xact_id()::xid order by id`,
  );
  const gone = await tx.query<{ id: number }>(
    "select object_id as id from events where kind = 'reaped' and xmin = pg_current_xact_id()::xid",
  );
  const objects = new Map<number, StoredObject>();
  for (let at = 0; at < changed.length; at += AT_ONCE) {
    const ids = changed.slice(at, at + AT_ONCE).map(({ id }) => id);
    for (const object of await readByIds(tx, registry, ids)) objects.set(object.id, object);
  }
  return {
    registry,
    objects,
    fields: new Map(changed.flatMap(({ id, deleted, fields }) => (deleted ? [] : [[id, fields]]))),
    gone: new Set(gone.map(({ id }) => id)),
  };
}

const AT_ONCE = 1_000;

/**
 * Read what is stored as if these changes had been made, holding no lock: each read is a statement of its own.
 *
 * What others change meanwhile is seen.
 */
export function laidOver(
  store: Store,
  { registry, objects, fields, gone }: Overlay,
): Pick<Store, 'get' | 'find'> {
  const isOf = (model: string, ref: Ref): boolean => leavesOf(registry, model).includes(ref.model);
  return {
    async get(ref) {
      if (gone.has(ref.id)) return null;
      const changed = objects.get(ref.id);
      if (changed === undefined) return store.get(ref);
      return isOf(ref.model, changed) ? changed : null;
    },
    async find(model, where) {
      const candidates = [...fields].filter(([id]) => {
        const object = objects.get(id);
        return object !== undefined && isOf(model, object);
      });
      // Postgres compares here as it does in `found`.
      const matching = await store.database.query<{ id: number }>(
        'select c.id from unnest($1::bigint[], $2::jsonb[]) c (id, fields) where c.fields @> $3::jsonb',
        [
          candidates.map(([id]) => id),
          candidates.map(([, values]) => JSON.stringify(values)),
          JSON.stringify(where),
        ],
      );
      const others = (await store.find(model, where)).filter(({ id }) => !objects.has(id) && !gone.has(id));
      return [...matching.flatMap(({ id }) => objects.get(id) ?? []), ...others].toSorted(
        (a, b) => a.id - b.id,
      );
    },
  };
}
