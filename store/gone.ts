import type { Queryable } from './database.ts';

/** Which of these objects are no more. */
export async function goneAmong(queryable: Queryable, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await queryable.query<{ id: number }>(
    'select x.id from unnest($1::bigint[]) x (id) where not exists (select 1 from objects o where o.id = x.id)',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}
