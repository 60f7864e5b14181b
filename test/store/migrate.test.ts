import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStore, type Store } from '../../store/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { field, model } from '../support/models.ts';

const ME = { name: 'me', depth: 0 };

let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

/** An object can be written, and what is due for it can be asked. */
async function works(): Promise<void> {
  const definition = model('Node', { fields: [field('name', { maxLength: 50 })] });
  await store.register({
    synchronizer: 'test',
    models: [{ definition, hasStep: true, hasPolicy: false }],
  });
  const { id } = await store.write(ME, (tx) => tx.create('Node', { name: 'n' }));
  const [prepared] = await store.database.query('select decision from prepare($1)', [id]);
  expect(prepared).toEqual({ decision: 'sync' });
}

test('a database is brought to the schema by processes that start at once, and again', async () => {
  const others = Array.from({ length: 4 }, () => createStore({ databaseUrl: database.url }));
  try {
    await Promise.all([store, ...others].map((one) => one.ensureSchema()));
  } finally {
    await Promise.all(others.map((one) => one.close()));
  }
  await store.ensureSchema();
  await works();
});

test('functions of an older version are replaced, whatever they returned, and those that are no more are gone', async () => {
  await store.ensureSchema();
  // As an older version may have left it.
  await store.database.query('drop function prepare(bigint)');
  await store.database.query(
    "create function prepare(object bigint) returns text language sql as $$ select 'sync' $$",
  );
  await store.database.query(
    'create function long_forgotten() returns text language sql as $$ select null $$',
  );
  await store.database.query("update schema_scripts set hash = 'older' where name = 'functions'");
  await store.ensureSchema();
  await works();
  await expect(store.database.query('select long_forgotten()')).rejects.toThrow('does not exist');
});

test('tables that an older version made are brought up to date, with what they hold', async () => {
  await store.ensureSchema();
  await works();
  // As it was before the last three.
  await store.database.query(
    `alter table places drop column token, drop column attempt;
     insert into pauses (scope, name, reason, by) values ('object', '987654321', 'gone since', 'olga');
     alter table installation drop column repaired_at;
     alter table outbox drop column queue;
     drop index outbox_due_idx, outbox_errands;
     create index on outbox (kind, priority, id);
     delete from schema_scripts where name >= '003';
     update schema_scripts set hash = 'older' where name = 'functions';
     select setval('fence_tokens', 1000)`,
  );
  await store.ensureSchema();
  expect(await store.database.query('select repaired_at from installation')).toEqual([{ repaired_at: null }]);
  expect(await store.database.query('select * from pauses')).toEqual([]);
  // What a back end has seen as a fence is less than any that it will see.
  const [next] = await store.database.query<{ id: number }>(
    "select nextval(pg_get_serial_sequence('attempts', 'id')) as id",
  );
  expect(next?.id).toBeGreaterThan(1_000);
  await works();
  expect(await store.list('Node')).toHaveLength(2);
});

test('a database that a newer version has brought further is refused, and left as it is', async () => {
  await store.ensureSchema();
  await store.database.query("insert into schema_scripts (name, hash) values ('999-later.sql', 'x')");
  await store.database.query("update schema_scripts set hash = 'of the newer' where name = 'functions'");
  await expect(store.ensureSchema()).rejects.toThrow(
    'the database was brought to a newer schema (999-later.sql); start a newer Accord on it',
  );
  const [functions] = await store.database.query("select hash from schema_scripts where name = 'functions'");
  expect(functions).toEqual({ hash: 'of the newer' });
});

test('an older version does not take the functions of a newer one back', async () => {
  await store.ensureSchema();
  await store.database.query(
    "update schema_scripts set hash = 'of the newer', accord = '99.10.0' where name = 'functions'",
  );
  await expect(store.ensureSchema()).rejects.toThrow(
    /the database was brought up to date by Accord 99\.10\.0, and this is \d+\.\d+\.\d+: start that one or a newer one/,
  );
  await store.database.query("update schema_scripts set accord = '0.0.9' where name = 'functions'");
  await store.ensureSchema();
});
