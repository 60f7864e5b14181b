import { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../../platform/postgres.ts';
import type { Postgres } from '../../platform/postgres.ts';
import { provideTemporalServer } from '../../platform/temporal-binary.ts';
import { startTemporalOnPostgres } from '../../platform/temporal-on-postgres.ts';
import { MODEL, OBJECT_ID, SYNC_STATE, SYNCHRONIZER } from '../../workflows/search-attributes.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startParent, untilGone } from './parent.ts';

/** Where nothing of it is in the cache it is downloaded and compiled. */
const BUILD_MS = 15 * 60_000;
/** From nothing, on a slow machine. */
const START_MS = 3 * 60_000;

describe('Temporal on Postgres', { timeout: START_MS }, () => {
  let postgres: Postgres;

  beforeAll(() => provideTemporalServer((sentence) => console.error(sentence)), BUILD_MS);
  beforeEach(async () => {
    postgres = await startPostgres({ dir: await temporaryFolder(), durable: false });
  });
  afterEach(() => postgres.stop());

  test('makes all that it needs, and goes on with it on the same port after it was killed', async () => {
    const dir = await temporaryFolder();
    const first = await startTemporalOnPostgres({ dir, databaseUrl: postgres.url });
    const found = await withClient(first.address, async (client) => {
      await client.workflow.start('neverWorkedOn', {
        workflowId: 'kept',
        taskQueue: 'nobody',
        typedSearchAttributes: new TypedSearchAttributes([{ key: MODEL, value: 'Color' }]),
      });
      return client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
    });
    const wanted = [SYNCHRONIZER, MODEL, OBJECT_ID, SYNC_STATE].map(({ name }) => name);
    expect(Object.keys(found.customAttributes)).toEqual(expect.arrayContaining(wanted));
    await first.kill();

    const second = await startTemporalOnPostgres({ dir, databaseUrl: postgres.url, port: first.port });
    expect(second.address).toBe(first.address);
    const kept = await withClient(second.address, (client) => client.workflow.getHandle('kept').describe());
    expect(kept.status.name).toBe('RUNNING');
    expect(kept.typedSearchAttributes.get(MODEL)).toBe('Color');
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  });

  test('ends with its parent, even when that is killed', async () => {
    const parent = await startParent(['temporal-on-postgres', await temporaryFolder(), postgres.url]);
    await parent.end('SIGKILL');
    await untilGone(parent.facts.pid);
  });

  test('says what it says itself when it cannot start', async () => {
    const nobody = new URL(postgres.url);
    nobody.password = 'guessed';
    const starting = startTemporalOnPostgres({ dir: await temporaryFolder(), databaseUrl: nobody.href });
    await expect(starting).rejects.toThrow(
      /did not start: .*password authentication failed.*\nschema of database temporal/s,
    );
  });
});

async function withClient<T>(address: string, act: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await act(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
