import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSignaller } from '../../client/signal.ts';
import { openTemporal, type TemporalClient } from '../../client/temporal.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { claimOf } from './claims.ts';

// No worker polls here: workflows stay as they were started.
let temporal: TestNamespace;
let linking: TemporalClient;
beforeAll(async () => {
  temporal = await createNamespace();
  const { address, namespace } = temporal;
  linking = openTemporal({ address, namespace, publicUrl: 'https://accord.example/' });
});
afterAll(async () => {
  await linking.close();
  await temporal.close();
});

const detailsOf = async (workflowId: string): Promise<string | undefined> =>
  (await temporal.client.workflow.getHandle(workflowId).describe()).staticDetails();

describe('a workflow leads back to the page', () => {
  test('of its object, whether it was signalled or only started', async () => {
    await createSignaller(linking.client).send(claimOf(1));
    expect(await detailsOf('Color/1')).toBe(
      '[Color/1 in Accord](https://accord.example/ui/#/objects/Color/1)',
    );
    await linking.client.workflow.start('syncObject', { workflowId: 'Color/2', taskQueue: 'palette' });
    expect(await detailsOf('Color/2')).toContain('(https://accord.example/ui/#/objects/Color/2)');
  });

  test('of the synchronizers, when it works on no object', async () => {
    await linking.client.workflow.start('deliverEvents', { workflowId: 'watcher/w', taskQueue: 'palette' });
    expect(await detailsOf('watcher/w')).toBe(
      '[Synchronizers in Accord](https://accord.example/ui/#/synchronizers)',
    );
  });

  test('only where the address of the page is known', async () => {
    await createSignaller(temporal.client).send(claimOf(3));
    expect(await detailsOf('Color/3')).toBeUndefined();
  });
});
