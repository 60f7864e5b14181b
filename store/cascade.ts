import type { Ref } from '../model/definition.ts';
import type { Edge } from '../plan/graph.ts';
import { CycleError, wavesOf } from '../plan/waves.ts';
import type { Queryable } from './database.ts';
import type { Registry } from './registry.ts';
import { nameShown, type Named } from './why.ts';

/** What would be marked for deletion with an object. */
export interface Cascade {
  /** The object itself, and whatever links to it, directly or through others. */
  readonly total: number;
  readonly models: readonly { readonly model: string; readonly total: number }[];
  /** Some of them in the order of deletion: each behind those that depend on it, the object itself last. */
  readonly objects: readonly Named[];
  /** Those that are write-protected: as long as there are any, nothing is deleted. */
  readonly protected: { readonly count: number; readonly first: readonly Named[] };
}

const NAMED_PROTECTED = 10;

interface Row extends Named {
  readonly write_protect: boolean;
}

/**
 * Say what a deletion with `cascade` would mark now, as `removeObject` finds it; nothing is locked.
 *
 * @param part `after` so many in the order of deletion, at most `limit`
 * @returns none at all when the object is deleted already
 */
export async function readCascade(
  queryable: Queryable,
  registry: Registry,
  { id }: Pick<Ref, 'id'>,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Cascade> {
  const rows = await queryable.query<Row>(
    `with recursive found (id) as (
       select o.id from objects o where o.id = $1 and not o.deleted
       union
       select o.id from found f join links l on l.dst = f.id join objects o on o.id = l.src where not o.deleted
     )
     select o.id, o.model, o.declarative ->> 'name' as name, o.write_protect
       from found f join objects o on o.id = f.id order by o.id`,
    [id],
  );
  const named = rows.map((row) => ({ model: row.model, id: row.id, name: nameShown(registry, row) }));
  const guarded = named.filter((_, at) => rows[at]?.write_protect === true);
  const models = [...Map.groupBy(named, ({ model }) => model)].map(([model, its]) => ({
    model,
    total: its.length,
  }));
  return {
    total: named.length,
    models: models.sort((a, b) => b.total - a.total || (a.model < b.model ? -1 : 1)),
    objects: inOrder(named, await edgesAmong(queryable, named)).slice(after, after + limit),
    protected: { count: guarded.length, first: guarded.slice(0, NAMED_PROTECTED) },
  };
}

/** Who is deleted behind whom: what others depend on waits for these. */
async function edgesAmong(queryable: Queryable, objects: readonly Named[]): Promise<Edge[]> {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const rows = await queryable.query<{ dependent: number; dependency: number }>(
    `select src as dependent, dst as dependency from links
      where counts and src <> dst and src = any ($1::bigint[]) and dst = any ($1::bigint[])
     union
     select src, dst from edges where src <> dst and src = any ($1::bigint[]) and dst = any ($1::bigint[])`,
    [[...byId.keys()]],
  );
  return rows.flatMap(({ dependent, dependency }) => {
    const [from, to] = [byId.get(dependency), byId.get(dependent)];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
}

/** Objects in a circle are deleted in no order that is known before: then the latest come first. */
function inOrder(objects: readonly Named[], edges: readonly Edge[]): Named[] {
  const byId = new Map(objects.map((object) => [object.id, object]));
  try {
    return wavesOf(objects, edges)
      .waves.flat()
      .flatMap(({ id }) => byId.get(id) ?? []);
  } catch (error) {
    if (error instanceof CycleError) return objects.toReversed();
    throw error;
  }
}
