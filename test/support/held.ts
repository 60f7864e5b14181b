import type { Ref } from '../../model/definition.ts';
import type { Database } from '../../store/database.ts';
import { waitFor } from './wait-for.ts';

/** Do something while somebody else holds an object, as a large write does until all of it is done. */
export const whileHeld = <T>(database: Database, { id }: Ref, work: () => Promise<T>): Promise<T> =>
  database.transaction(async (tx) => {
    await tx.query('select 1 from objects where id = $1 for update', [id]);
    return work();
  });

/** Wait until so many wait for what others hold in this database. Who came first has it first. */
export const untilQueued = (database: Database, count: number): Promise<unknown> =>
  waitFor(`${count} to wait for a lock`, async () => {
    const waiting = await database.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return waiting.length >= count ? true : undefined;
  });
