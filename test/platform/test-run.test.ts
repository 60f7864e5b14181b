import { Connection } from '@temporalio/client';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { testTemporal } from '../support/temporal.ts';

test('each test file gets an empty database of its own', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client({ connectionString: one.url });
  await client.connect();
  await client.query('CREATE TABLE mark ()');
  await client.end();

  const elsewhere = new pg.Client({ connectionString: other.url });
  await elsewhere.connect();
  const found = await elsewhere.query("SELECT FROM pg_tables WHERE tablename = 'mark'");
  await elsewhere.end();
  expect(found.rowCount).toBe(0);
  await Promise.all([one.drop(), other.drop()]);
});

test('the Temporal of the run knows the search attributes that the Web UI lists by', async () => {
  const { address, namespace } = testTemporal();
  const connection = await Connection.connect({ address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['Synchronizer', 'Model', 'ObjectId', 'SyncState']),
  );
});
