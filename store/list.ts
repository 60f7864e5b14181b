import type { JsonScalar } from '../model/definition.ts';
import type { Database } from './database.ts';
import { readByIds } from './read.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { State, StoredObject } from './types.ts';

/** Where a value of an object is kept. */
export type Place =
  | {
      readonly in: 'declarative' | 'feedback';
      readonly name: string;
      readonly missing: JsonScalar | readonly [];
    }
  | { readonly in: 'link'; readonly name: string }
  | { readonly in: 'column'; readonly name: string; readonly isTime: boolean };

/** What a value must be. `contains`: a part of a text in any case, or an element of a list. */
export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'in' | 'contains' | 'isnull';

export interface Condition {
  readonly place: Place;
  readonly operator: Operator;
  /** Times in seconds since 1970. One value, but for `in`. */
  readonly values: readonly JsonScalar[];
}

export interface ListOrder {
  readonly place: Place;
  readonly descending: boolean;
}

/** Where a page begins: behind the object with this value and this id. */
export interface Position {
  readonly value: unknown;
  readonly id: number;
}

export interface ListRequest {
  readonly conditions: readonly Condition[];
  /** Any of these; `blocked` is what waits for a failed one. Empty: whatever state. */
  readonly states: readonly (State | 'blocked')[];
  /** @default by id */
  readonly order?: ListOrder;
  readonly after?: Position;
  /** At most 1000. */
  readonly limit: number;
}

export interface ListPage {
  readonly objects: readonly StoredObject[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: Position;
}

/**
 * List objects of a model and its descendants, page by page: each page goes on where the last one ended, and shows
 * nothing that does not meet the conditions.
 */
export function readList(
  database: Database,
  registry: Registry,
  model: string,
  { conditions, states, order, after, limit }: ListRequest,
): Promise<ListPage> {
  const values: unknown[] = [leavesOf(registry, model)];
  const value: Bind = (given) => `$${values.push(given)}`;
  const json: Bind = (given) => `${value(JSON.stringify(given))}::jsonb`;
  const bind = { value, json };

  const key = order === undefined ? undefined : expression(order.place, bind);
  const clauses = [
    'o.model = any ($1)',
    ...conditions.map((condition) => clause(condition, bind)),
    ...(states.length === 0 ? [] : [stateClause(states, value)]),
  ];
  const [less, direction] = order?.descending === true ? ['<', 'desc'] : ['>', 'asc'];
  if (after !== undefined) {
    const id = `${value(after.id)}::bigint`;
    clauses.push(key === undefined ? `o.id > ${id}` : `(${key}, o.id) ${less} (${json(after.value)}, ${id})`);
  }
  const sort = key === undefined ? 'o.id' : `${key} ${direction}, o.id ${direction}`;
  return database.snapshot(async (tx) => {
    const rows = await tx.query<{ id: number; value: unknown }>(
      `select o.id, ${key ?? 'null'} as value from objects o where ${clauses.join(' and ')} order by ${sort} limit ${limit}`,
      values,
    );
    const objects = await readByIds(
      tx,
      registry,
      rows.map(({ id }) => id),
    );
    const last = rows.at(-1);
    // A full last page has a next one that is empty: cheaper than to look ahead each time.
    return { objects, ...(last !== undefined && rows.length === limit && { next: last }) };
  });
}

/** Put a value among the parameters; what stands for it. */
type Bind = (given: unknown) => string;
interface Binds {
  readonly value: Bind;
  readonly json: Bind;
}

/** A value of an object, as JSON: of these any two can be compared, null being less than all others. */
function expression(place: Place, { value, json }: Binds): string {
  if (place.in === 'link') return `coalesce(o.declarative -> ${value(place.name)}::text -> 'id', 'null')`;
  if (place.in !== 'column')
    return `coalesce(o.${place.in} -> ${value(place.name)}::text, ${json(place.missing)})`;
  // The name is one of a few that are written down in the server, never what somebody has sent.
  const column = `o.${place.name}`;
  return `coalesce(to_jsonb(${place.isTime ? `extract(epoch from ${column})` : column}), 'null')`;
}

function clause({ place, operator, values }: Condition, bind: Binds): string {
  const { value, json } = bind;
  const [first = null] = values;
  if (operator === 'contains' && place.in === 'link')
    return `exists (select 1 from links l where l.src = o.id and l.field = ${value(place.name)} and l.dst = ${value(first)})`;
  const left = expression(place, bind);
  switch (operator) {
    case '=':
      return `${left} = ${json(first)}`;
    case 'in':
      return `${left} = any (${value(values.map((one) => JSON.stringify(one)))}::text[]::jsonb[])`;
    case 'isnull':
      return `(${left} = 'null') = ${value(first)}::boolean`;
    case 'contains': {
      if (place.in !== 'column' && 'missing' in place && Array.isArray(place.missing))
        return `${left} @> ${json([first])}`;
      return `position(lower(${value(first)}::text) in lower(${left} #>> '{}')) > 0`;
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `(jsonb_typeof(${left}) = jsonb_typeof(${json(first)}) and ${left} ${operator} ${json(first)})`;
  }
}

/**
 * What is settled is seen by the row; of the others, all are looked at once.
 *
 * @param isBlockedApart what waits for a failed object is `blocked`, and not also `Waiting`
 */
export function stateClause(
  states: ListRequest['states'],
  value: Bind,
  { isBlockedApart = false }: { readonly isBlockedApart?: boolean } = {},
): string {
  const clauses: string[] = [];
  if (states.includes('Synced')) clauses.push('(not has_work(o) and not o.no_sync)');
  if (states.includes('Not managed')) clauses.push('(not has_work(o) and o.no_sync)');
  const unsettled = states.filter((state) => state !== 'Synced' && state !== 'blocked');
  if (unsettled.length > 0 || states.includes('blocked')) {
    const isBlocked = `(s.state = 'Waiting' and s.backend_code = 2)`;
    const blocked = states.includes('blocked') ? ` or ${isBlocked}` : '';
    const apart = isBlockedApart ? ` and not ${isBlocked}` : '';
    clauses.push(
      `o.id in (select s.id from unsettled_states() s where (s.state = any (${value(unsettled)})${apart})${blocked})`,
    );
  }
  return `(${clauses.join(' or ')})`;
}
