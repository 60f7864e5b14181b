import type { Database } from './database.ts';

/** Write down that a worker lives. */
export async function announceWorker(
  database: Database,
  { name, synchronizer }: { readonly name: string; readonly synchronizer: string },
): Promise<void> {
  // One that was killed is told of for a day.
  await database.query("delete from workers where seen < now() - interval '1 day'");
  await database.query(
    `insert into workers (name, synchronizer) values ($1, $2)
     on conflict (name) do update set synchronizer = excluded.synchronizer, seen = now()`,
    [name, synchronizer],
  );
}

/** Write down that a worker ends. One that is killed is known by its silence. */
export async function withdrawWorker(database: Database, name: string): Promise<void> {
  await database.query('delete from workers where name = $1', [name]);
}
