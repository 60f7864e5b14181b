import type { Ref } from '../model/definition.ts';
import { followPath, type Hop } from '../plan/path.ts';
import type { Queryable } from './database.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { WatcherRegistration } from './watchers.ts';

/**
 * Find the objects that a watcher synchronizes and that reach a watched one by a path of its, by id.
 *
 * Where no path is known, all of them do; at most 1000 are named then.
 *
 * @param options.deleted also those that are being deleted: what is told of a deletion concerns them as well
 */
export async function affectedBy(
  queryable: Queryable,
  registry: Registry,
  watcher: WatcherRegistration,
  watched: Ref,
  { deleted }: { readonly deleted: boolean },
): Promise<Ref[]> {
  const models = [...registry.values()].map(({ definition }) => definition);
  const own = registry.get(watched.model)?.definition.bases ?? [];
  const paths = watcher.watched.filter(({ model }) => model === watched.model || own.includes(model));
  const mine = watcher.synchronizes.flatMap((model) => leavesOf(registry, model));
  if (paths.some(({ via }) => via === '')) {
    return queryable.query<Ref>(
      'select model, id from objects where model = any ($1) and ($2 or not deleted) order by id limit 1000',
      [mine, deleted],
    );
  }
  const found = new Set<number>();
  for (const model of watcher.synchronizes) {
    for (const { via } of paths) {
      const hops = followPath(models, model, via)?.hops;
      for (const id of hops === undefined ? [] : await backAlong(queryable, hops, watched.id)) found.add(id);
    }
  }
  if (found.size === 0) return [];
  return queryable.query<Ref>(
    `select model, id from objects
      where id = any ($1::bigint[]) and model = any ($2) and ($3 or not deleted) order by id`,
    [[...found], mine, deleted],
  );
}

async function backAlong(queryable: Queryable, hops: readonly Hop[], end: number): Promise<number[]> {
  let ids = [end];
  for (const { field, isReverse } of hops.toReversed()) {
    if (ids.length === 0) return [];
    const [near, far] = isReverse ? ['dst', 'src'] : ['src', 'dst'];
    const rows = await queryable.query<{ id: number }>(
      `select distinct ${near} as id from links where ${far} = any ($1::bigint[]) and field = $2`,
      [ids, field],
    );
    ids = rows.map(({ id }) => id);
  }
  return ids;
}
