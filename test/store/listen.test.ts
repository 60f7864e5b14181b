import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../store/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { waitFor } from '../support/wait-for.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.url, { connections: 1 });
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Besides the one that asks. */
async function connections(): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  return row?.count ?? -1;
}

// As a Postgres that recovers does: it can be connected to, and does not listen.
test('a connection that cannot listen is closed, or it would keep its process from ending', async () => {
  await expect(database.listen('two words', () => undefined)).rejects.toThrow('syntax error');
  await waitFor('its connection to be closed', async () => ((await connections()) === 0 ? true : undefined));
});

test('one that listens hears, until it is stopped', async () => {
  let heard = 0;
  const listener = await database.listen('accord_test', () => (heard += 1));
  await database.query("select pg_notify('accord_test', '')");
  await waitFor('a notification', () => (heard > 0 ? true : undefined));
  await listener.stop();
  await waitFor('its connection to be closed', async () => ((await connections()) === 0 ? true : undefined));
});
