import type { Queryable } from './database.ts';
import type { Registry } from './registry.ts';
import type { BackendCode, State } from './types.ts';
import { nameShown, type Named } from './why.ts';

/** How many objects of a model are in a state. */
export interface Count {
  readonly model: string;
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly count: number;
}

/** An object that has failed, and how many others wait for it. */
export interface RootCause extends Named {
  readonly state: State;
  readonly backend_status: string;
  readonly since: Date;
  readonly failures: number;
  readonly next_attempt_at: Date | null;
  readonly holds: number;
}

/** Count the objects by model and state. Cost: one scan of the objects. */
export function readCounts(queryable: Queryable): Promise<Count[]> {
  return queryable.query<Count>(
    `select s.model, s.state, s.backend_code, count(*)::integer as count from unsettled_states() s group by 1, 2, 3
     union all
     select o.model, case when o.no_sync then 'Not managed' else 'Synced' end, 1, count(*)::integer
       from objects o where not has_work(o) group by 1, 2
     order by 1, 2, 3`,
  );
}

/** List what has failed by itself, with what it holds, whoever holds most first. @returns also how many there are */
export async function readRootCauses(
  queryable: Queryable,
  registry: Registry,
  most: number,
): Promise<{ readonly count: number; readonly first: readonly RootCause[] }> {
  const rows = await queryable.query<RootCause & { readonly all: number }>(
    `with states as materialized (select * from unsettled_states()),
          held as (select root, count(*)::integer as holds from states where root is not null group by root),
          causes as (
            select s.id, s.state, coalesce(h.holds, 0) as holds, (count(*) over ())::integer as "all"
              from states s left join held h on h.root = s.id
             where s.root is null and s.backend_code = 2 order by holds desc, s.id limit $1)
     select o.id, o.model, o.declarative ->> 'name' as name, c.state, s.backend_status, state_since(o, c.state) as since,
            o.failures, o.next_attempt_at, c.holds, c."all"
       from causes c join objects o on o.id = c.id
       join object_states((select array_agg(id) from causes)) s on s.id = c.id
      order by c.holds desc, c.id`,
    [most],
  );
  const first = rows.map(
    ({ id, model, state, backend_status, since, failures, next_attempt_at, holds, name }) => ({
      id,
      model,
      name: nameShown(registry, { model, name }),
      state,
      backend_status,
      since,
      failures,
      next_attempt_at,
      holds,
    }),
  );
  return { count: rows[0]?.all ?? 0, first };
}
