import type { WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRelay, type Relay } from '../../client/relay.ts';
import { beginAttempt } from '../../store/attempts.ts';
import { prepare } from '../../store/prepare.ts';
import { model } from '../support/models.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

// No worker is here: what is started does not begin.
let temporal: TestNamespace;
let store: TestStore;
let relay: Relay;
beforeAll(async () => {
  temporal = await createNamespace();
  store = await createTestStore([]);
  const terms = { activity: 'syncRecord', startToCloseMs: 60_000, heartbeatMs: 30_000 };
  await store.register({
    synchronizer: 'palette',
    models: [{ definition: model('Color'), hasStep: true, hasPolicy: false, traits: { terms } }],
  });
  relay = startRelay({ store, temporal, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await relay.stop();
  await temporal.close();
  await store.drop();
});

test('what a relay has started is told again when Temporal loses it, until its attempt begins', async () => {
  const { database } = store;
  const { id } = await store.write({ name: 'a test' }, (tx) => tx.create('Color', { name: 'c' }));
  const handle: WorkflowHandle = temporal.client.workflow.getHandle(`Color/${id}`);
  const runOf = (): Promise<string | undefined> =>
    handle.describe().then(
      ({ runId, status }) => (status.name === 'RUNNING' ? runId : undefined),
      () => undefined,
    );
  const rows = (): Promise<object[]> => database.query('select claimed_until > now() as claimed from outbox');

  const first = await waitFor('its workflow', runOf);
  expect(await rows()).toEqual([{ claimed: true }]);

  await handle.terminate('lost');
  await database.query("update outbox set claimed_until = now() - interval '1 second'");
  await database.query("select pg_notify('accord_outbox', 'objects')");
  const second = await waitFor('another one', async () => {
    const run = await runOf();
    return run === first ? undefined : run;
  });
  expect(second).toBeDefined();

  const prepared = await prepare(database, id);
  const token = prepared.decision === 'sync' ? prepared.token : 0;
  const begun = await beginAttempt(
    database,
    { id, token, attempt: 1 },
    { leaseMs: 30_000, worker: 'a worker' },
  );
  expect(begun.answer).toBe('begun');
  expect(await rows()).toEqual([]);
});
