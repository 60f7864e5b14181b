import type { Queryable } from './database.ts';

/** Ask the database what time it is: the one clock that all processes share. Also tells whether it answers. */
export async function readClock(queryable: Queryable): Promise<Date> {
  const [row] = await queryable.query<{ now: Date }>('select clock_timestamp() as now');
  if (row === undefined) throw new Error('Postgres returned no row for its time');
  return row.now;
}
