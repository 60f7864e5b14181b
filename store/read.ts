import type { ModelDefinition, Ref } from '../model/definition.ts';
import { own } from '../model/own.ts';
import type { Queryable } from './database.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { BackendCode, Fields, State, StoredObject, Value } from './types.ts';

/** Read one object; `ref.model` may name a base of its model. Null when there is none (any more). */
export async function readObject(
  queryable: Queryable,
  registry: Registry,
  ref: Ref,
): Promise<StoredObject | null> {
  const [object] = await read(queryable, registry, 'o.id = $1 and o.model = any ($2)', 1, [
    ref.id,
    leavesOf(registry, ref.model),
  ]);
  return object ?? null;
}

/** Read objects of a model and its descendants by id, those after `after`. */
export function readObjects(
  queryable: Queryable,
  registry: Registry,
  model: string,
  { after = 0, limit = 100 }: { readonly after?: number; readonly limit?: number } = {},
): Promise<StoredObject[]> {
  const most = Math.min(Math.max(limit, 1), MOST_AT_ONCE);
  return read(queryable, registry, 'o.id > $1 and o.model = any ($2)', most, [
    after,
    leavesOf(registry, model),
  ]);
}

/** Read these objects, in this order; those that are gone are left out. */
export async function readByIds(
  queryable: Queryable,
  registry: Registry,
  ids: readonly number[],
): Promise<StoredObject[]> {
  if (ids.length === 0) return [];
  const found = await read(queryable, registry, 'o.id = any ($1::bigint[])', MOST_AT_ONCE, [ids]);
  const byId = new Map(found.map((object) => [object.id, object]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Find the live objects of a model and its descendants whose fields equal `where`, by id. */
export function findObjects(
  queryable: Queryable,
  registry: Registry,
  model: string,
  where: Fields,
): Promise<StoredObject[]> {
  return read(
    queryable,
    registry,
    // The same function that tells later whether a search would find others (design 3.6).
    'o.id = any (found($1, $2))',
    MOST_AT_ONCE,
    [model, JSON.stringify(where)],
  );
}

/** The objects that something is still to be done for. */
export function readUnsettled(queryable: Queryable, registry: Registry): Promise<StoredObject[]> {
  return read(queryable, registry, `${UNSETTLED} and has_work(o)`, MOST_AT_ONCE, []);
}

/** A superset of what has work, said so that an index serves it: however large the table, few rows are read. */
export const UNSETTLED = `(o.enacted is null or o.enacted < o.generation or o.deleted
  or (o.has_policy and (o.policed is null or o.policed < o.version)))`;

/**
 * The objects of a model and its descendants that its step has yet to choose: dirty ones, or those that are to be
 * deleted; at most 1000, by id.
 */
export function readPending(
  queryable: Queryable,
  registry: Registry,
  model: string,
  deleted: boolean,
): Promise<StoredObject[]> {
  return read(
    queryable,
    registry,
    `o.model = any ($1) and o.selected is distinct from o.generation and not o.no_sync and o.deleted = $2
     and (o.enacted is null or o.enacted < o.generation or o.deleted) and not o.backend_need_reap`,
    MOST_AT_ONCE,
    [leavesOf(registry, model), deleted],
  );
}

const MOST_AT_ONCE = 1000;

interface Row extends Omit<StoredObject, 'root'> {
  readonly root_model: string | null;
  readonly root_id: number | null;
}

async function read(
  queryable: Queryable,
  registry: Registry,
  condition: string,
  limit: number,
  values: readonly unknown[],
): Promise<StoredObject[]> {
  const rows = await queryable.query<Row>(
    `with chosen as materialized (select o.* from objects o where ${condition} order by o.id limit ${limit})
     select o.id, o.model, o.declarative, o.feedback, o.version, o.generation, o.enacted, o.policed, o.deleted,
            o.backend_need_delete, o.backend_need_reap, o.no_sync, o.no_policy, o.pretend, o.write_protect, o.failures,
            o.next_attempt_at, o.created, o.updated, s.state, s.backend_code, s.backend_status,
            r.model as root_model, r.id as root_id
       from chosen o
       join object_states((select array_agg(id) from chosen)) s on s.id = o.id
       left join objects r on r.id = s.root
      order by o.id`,
    values,
  );
  return rows.map((row) => storedObject(registry, row));
}

function storedObject(registry: Registry, { root_model, root_id, ...row }: Row): StoredObject {
  const definition = registry.get(row.model)?.definition;
  return {
    ...row,
    state: row.state satisfies State,
    backend_code: row.backend_code satisfies BackendCode,
    ...(definition === undefined ? {} : complete(definition, row)),
    root: root_model === null || root_id === null ? null : { model: root_model, id: root_id },
  };
}

/** Fill in what the model has gained since the object was written, in the order of the model. */
export function complete(
  definition: ModelDefinition,
  stored: { readonly declarative: Fields; readonly feedback: Fields },
): { declarative: Fields; feedback: Fields } {
  const declarative: Record<string, Value> = {};
  const feedback: Record<string, Value> = {};
  for (const field of definition.fields) {
    const half = field.state === 'feedback' ? feedback : declarative;
    const given = own(field.state === 'feedback' ? stored.feedback : stored.declarative, field.name);
    const none = field.repeated ? [] : null;
    half[field.name] = given === null ? none : (given ?? field.default ?? none);
  }
  for (const link of definition.links) {
    declarative[link.name] = own(stored.declarative, link.name) ?? (link.kind === 'manytomany' ? [] : null);
  }
  return { declarative, feedback };
}
