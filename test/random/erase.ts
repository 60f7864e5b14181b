import type { Store } from '../../store/store.ts';
import type { People } from './people.ts';
import { objectsOf } from './settle.ts';

/**
 * Take a life that is over out of the tables, as if it had never been: no trigger fires, nobody is told.
 *
 * So that the thousandth life finds tables as small as the first.
 */
export async function erase(store: Store, life: string, people: People): Promise<void> {
  const ids = [...people.refs, ...(await objectsOf(store, life, people))].map(({ id }) => id);
  await store.database.transaction(async (tx) => {
    await tx.query("set local session_replication_role = 'replica'");
    for (const [table, column] of ROWS) {
      await tx.query(`delete from ${table} where ${column} = any ($1::bigint[])`, [ids]);
    }
  });
}

const ROWS = [
  ['links', 'src'],
  ['edges', 'src'],
  ['held', 'src'],
  ['keys', 'object_id'],
  ['waits', 'waiter'],
  ['reads', 'reader'],
  ['searches', 'reader'],
  ['deliveries', 'object_id'],
  ['outbox', 'object_id'],
  ['attempts', 'object_id'],
  ['events', 'object_id'],
  ['objects', 'id'],
] as const;
