import type { Queryable } from './database.ts';
import type { Registry } from './registry.ts';
import type { BackendCode, State } from './types.ts';
import { nameShown, type Named } from './why.ts';

/** In which way two objects have to do with each other. */
export interface Relation {
  /**
   * `link`: of the goal; `service`, `path`, `author`: an edge along others; `guess`: it could not be evaluated;
   * `held`: the back end may still use it; `read`: its step has read it.
   */
  readonly kind: 'link' | 'service' | 'path' | 'author' | 'guess' | 'held' | 'read';
  /** Of a link, or of what was read. */
  readonly field: string | null;
  /** The object that an edge goes through. */
  readonly via: string | null;
  /** It is a dependency: the one is synchronized first, and deleted last. */
  readonly counts: boolean;
}

export interface Neighbour extends Named {
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly backend_status: string;
  readonly relations: readonly Relation[];
  /** The dependent waits for the other at this moment. */
  readonly waits: boolean;
}

/** List what an object depends on or reads, or who depends on it or reads it, by id, those after `after`. */
export async function readNeighbours(
  queryable: Queryable,
  registry: Registry,
  of: { readonly id: number; readonly direction: 'dependencies' | 'dependents' },
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Neighbour[]> {
  const isAhead = of.direction === 'dependencies';
  // Each table has one column for the dependent and one for the dependency.
  const sides = (dependent: string, dependency: string): string =>
    isAhead ? `${dependency} as id, ${dependent} as me` : `${dependent} as id, ${dependency} as me`;
  const rows = await queryable.query<Neighbour>(
    `with related as (
       select ${sides('src', 'dst')}, 'link' as kind, field, null::bigint as via, counts from links
       union all select ${sides('src', 'dst')}, kind, null, via, true from edges
       union all select ${sides('waiter', 'waited')}, 'guess', null, null, true from waits where guessed
       union all select ${sides('src', 'dst')}, 'held', null, null, false from held
       union all select ${sides('reader', 'target')}, 'read', field, null, false from reads
     ), page as materialized (
       select r.id, jsonb_agg(distinct jsonb_build_object('kind', r.kind, 'field', r.field, 'counts', r.counts,
                'via', case when v.id <> $1 then v.model || '/' || v.id end)) as relations
         from related r join objects o on o.id = r.id left join objects v on v.id = r.via
        where r.me = $1 and r.id <> $1 and r.id > $2 group by r.id order by r.id limit $3
     )
     select o.id, o.model, o.declarative ->> 'name' as name, s.state, s.backend_code, s.backend_status, p.relations,
            exists (select 1 from waits w where ${isAhead ? 'w.waiter = $1 and w.waited = o.id' : 'w.waited = $1 and w.waiter = o.id'}) as waits
       from page p join objects o on o.id = p.id join object_states((select array_agg(id) from page)) s on s.id = p.id
      order by p.id`,
    [of.id, after, limit],
  );
  return rows.map((row) => ({ ...row, name: nameShown(registry, row) }));
}
