import { useQueries, type QueryClient } from '@tanstack/react-query';
import type { ApiSummary } from '../../client/operate-wire.ts';
import type { ApiList, ApiModel, ApiObject } from '../../client/wire.ts';
import { ask, refIn } from '../ask.ts';
import { stateWord } from '../states.ts';

/** An object as the fleet lists it: no more than that, for there may be very many. */
export interface Row {
  /** `Model/id`. */
  readonly object: string;
  readonly model: string;
  readonly id: number;
  readonly name: string;
  readonly word: string;
  readonly reason: string;
  readonly updated: string;
}

/** The objects of a model, as far as they have been read. */
interface Known {
  readonly rows: readonly Row[];
  readonly isWhole: boolean;
}

const PAGE = 1000;
/** Beyond this the fleet says that it does not show all. */
export const MOST_ROWS = 50_000;
/** A model that fits on so many pages is read anew with every change; a larger one object by object, or rarely. */
const SMALL = PAGE;
const RARELY_MS = 60_000;

const keyOf = (model: string) => ['rows', model] as const;

/** Read the objects of all models that have some, first pages first. */
export function useRows(
  models: readonly ApiModel[],
  summary: ApiSummary | undefined,
  client: QueryClient,
): { readonly rows: readonly Row[]; readonly isComplete: boolean; readonly error: Error | null } {
  const counted = summary?.models.filter(({ total }) => total > 0) ?? [];
  const known = counted.flatMap(({ model }) => models.filter(({ name }) => name === model));
  return useQueries({
    queries: known.map((model) => ({
      queryKey: keyOf(model.name),
      queryFn: () => readRows(model, client),
      staleTime: Infinity,
    })),
    combine: (results) => ({
      // Some may be there before the others: see readRows.
      rows: results.flatMap(({ data }) => data?.rows ?? []).slice(0, MOST_ROWS),
      isComplete:
        summary !== undefined && results.every(({ data, isError }) => isError || data?.isWhole === true),
      error: results.find(({ error }) => error !== null)?.error ?? null,
    }),
  });
}

async function readRows(model: ApiModel, client: QueryClient): Promise<Known> {
  const isFirst = client.getQueryData<Known>(keyOf(model.name))?.isWhole !== true;
  const rows: Row[] = [];
  let next: string | undefined = `/xosapi/v1/${model.app}/${model.plural}?limit=${PAGE}`;
  while (next !== undefined && rows.length < MOST_ROWS) {
    const page: ApiList<ApiObject> = await ask<ApiList<ApiObject>>('GET', next);
    // The list of a base has those of its descendants, too.
    rows.push(...page.items.filter((object) => object.leaf_model_name === model.name).map(rowOf));
    if (isFirst) client.setQueryData<Known>(keyOf(model.name), { rows: [...rows], isWhole: false });
    next = page.next;
  }
  return { rows, isWhole: true };
}

function rowOf(object: ApiObject): Row {
  return {
    object: `${object.leaf_model_name}/${object.id}`,
    model: object.leaf_model_name,
    id: object.id,
    name: typeof object['name'] === 'string' ? object['name'] : '',
    word: stateWord(object),
    reason: object.backend_code === 1 && !object.deleted ? '' : object.backend_status,
    updated: object.updated,
  };
}

/** Something has happened to these objects: read them anew. */
export function refreshRows(client: QueryClient, objects: readonly (string | null)[]): void {
  const refs = new Map(
    objects.flatMap((object) => {
      const ref = object === null ? undefined : refIn(object);
      return ref === undefined ? [] : [[object, ref] as const];
    }),
  );
  for (const [model, its] of Map.groupBy(refs.values(), (ref) => ref.model)) {
    const rows = client.getQueryData<Known>(keyOf(model))?.rows;
    if (rows === undefined) continue;
    if (rows.length <= SMALL) void client.invalidateQueries({ queryKey: keyOf(model) });
    else
      void refreshSome(
        client,
        model,
        its.slice(0, 50).map(({ id }) => id),
      );
  }
}

async function refreshSome(client: QueryClient, name: string, ids: readonly number[]): Promise<void> {
  const model = client.getQueryData<readonly ApiModel[]>(['models'])?.find((one) => one.name === name);
  if (model === undefined) return;
  const path = `/xosapi/v1/${model.app}/${model.plural}`;
  const read = await Promise.all(
    ids.map((id) => ask<ApiObject>('GET', `${path}/${id}`).then(rowOf, () => undefined)),
  );
  client.setQueryData<Known>(keyOf(name), ({ rows, isWhole } = { rows: [], isWhole: false }) => {
    const fresh = new Map(ids.map((id, at) => [id, read[at]]));
    const kept = rows.flatMap((row) => (fresh.has(row.id) ? (fresh.get(row.id) ?? []) : row));
    const there = new Set(rows.map(({ id }) => id));
    const added = read.filter((row) => row !== undefined).filter(({ id }) => !there.has(id));
    return { rows: [...kept, ...added], isWhole };
  });
}

/**
 * Read those models anew whose rows do not add up to what the summary counts.
 *
 * What an object waits for may change without an event of its own: the counts tell.
 */
export function reconcileRows(client: QueryClient, summary: ApiSummary): void {
  for (const { model, total, states } of summary.models) {
    const query = client.getQueryCache().find<Known>({ queryKey: keyOf(model) });
    const { data, fetchStatus, dataUpdatedAt } = query?.state ?? {};
    const rows = data?.rows;
    if (rows === undefined || dataUpdatedAt === undefined || fetchStatus === 'fetching') continue;
    const counts = new Map<string, number>();
    for (const { word } of rows) counts.set(word, (counts.get(word) ?? 0) + 1);
    const isSame =
      rows.length === total && Object.entries(states).every(([word, count]) => counts.get(word) === count);
    const isDue = rows.length <= SMALL || Date.now() - dataUpdatedAt > RARELY_MS;
    if (!isSame && isDue) void client.invalidateQueries({ queryKey: keyOf(model) });
  }
}
