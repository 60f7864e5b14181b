import type { Ref } from '../model/definition.ts';
import type { Queryable } from './database.ts';
import type { Registry } from './registry.ts';
import type { BackendCode, State } from './types.ts';
import { nameShown, type Named } from './why.ts';

export interface GraphObject extends Named {
  readonly state: State;
  readonly backend_code: BackendCode;
}

/** That one object depends on another. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** It waits for the other at this moment. */
  readonly waits: boolean;
}

export interface Neighbourhood {
  readonly objects: readonly GraphObject[];
  readonly edges: readonly GraphEdge[];
  /** There are more than were read. */
  readonly isCut: boolean;
}

/** Each dependency, whoever says it is one. */
const DEPENDS = `(
  select src, dst from links where counts and src <> dst
  union select src, dst from edges where src <> dst
  union select waiter, waited from waits where waiter <> waited)`;

/** Find the objects that are so many dependencies away from one, in either direction, and what is between them. */
export async function readNeighbourhood(
  queryable: Queryable,
  registry: Registry,
  { id }: Ref,
  { hops, most }: { readonly hops: number; readonly most: number },
): Promise<Neighbourhood> {
  const found = new Set([id]);
  let border = [id];
  let isCut = false;
  for (let hop = 0; hop < hops && border.length > 0 && !isCut; hop += 1) {
    const next = await beyond(queryable, border, [...found], most + 1 - found.size);
    isCut = found.size + next.length > most;
    border = next.slice(0, most - found.size);
    for (const one of border) found.add(one);
  }
  const ids = [...found];
  const objects = await queryable.query<GraphObject>(
    `select o.id, o.model, o.declarative ->> 'name' as name, s.state, s.backend_code
       from object_states($1) s join objects o on o.id = s.id order by o.id`,
    [ids],
  );
  const edges = await queryable.query<GraphEdge>(
    `select d.src as "from", d.dst as "to",
            exists (select 1 from waits w where w.waiter = d.src and w.waited = d.dst) as waits
       from ${DEPENDS} d where d.src = any ($1) and d.dst = any ($1) order by d.src, d.dst`,
    [ids],
  );
  return {
    objects: objects.map((object) => ({ ...object, name: nameShown(registry, object) })),
    edges,
    isCut,
  };
}

/** Those that wait first, so that they are there when not all are. */
async function beyond(
  queryable: Queryable,
  border: readonly number[],
  known: readonly number[],
  most: number,
): Promise<number[]> {
  const rows = await queryable.query<{ id: number }>(
    `with near as (
       select dst as id from links where counts and src = any ($1)
       union select src from links where counts and dst = any ($1)
       union select dst from edges where src = any ($1) union select src from edges where dst = any ($1)
       union select waited from waits where waiter = any ($1) union select waiter from waits where waited = any ($1))
     select n.id from near n join objects o on o.id = n.id where n.id <> all ($2)
      order by not has_work(o), n.id limit $3`,
    [border, known, most],
  );
  return rows.map(({ id }) => id);
}

/** How many objects of a model depend on how many of another. */
export interface ModelEdge {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** How many of these wait at this moment. */
  readonly waits: number;
}

/** Count the dependencies from model to model. Cost: one scan of them. */
export function readModelEdges(queryable: Queryable): Promise<ModelEdge[]> {
  return queryable.query<ModelEdge>(
    `select s.model as "from", t.model as "to", count(*)::integer as count,
            (count(*) filter (where w.waiter is not null))::integer as waits
       from ${DEPENDS} d join objects s on s.id = d.src join objects t on t.id = d.dst
       left join (select distinct waiter, waited from waits) w on w.waiter = d.src and w.waited = d.dst
      group by 1, 2 order by 1, 2`,
  );
}
