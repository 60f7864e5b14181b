import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { workflowBundle } from '../../worker/bundle.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

// A worker of another version cannot be had here: so this one is given workflows that do something else.
vi.mock(import('../../worker/bundle.ts'), { spy: true });

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];

let backend: Backend;
let engine: Engine;
let connection: Connection;
beforeAll(async () => {
  backend = createBackend();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  engine = await startEngine(
    [model('Base', { fields }), model('Node', { fields, links: [link('base', 'Base')] })],
    { Base: backend.step('Base'), Node: backend.step('Node') },
    { sweepMs: 500 },
  );
});
afterAll(async () => {
  await engine.stop();
  await connection.close();
});

test('after an upgrade that old runs cannot follow they fail, and the sweep begins them anew', async () => {
  const release = backend.hang('slow');
  const base = await engine.create('Base', { name: 'slow' });
  const node = await engine.create('Node', { name: 'n', base });
  await engine.until(node, ({ root }) => root !== null, 'to wait');
  const { workflow } = new Client({ connection });
  // What waits gets a workflow when it has waited for some seconds; old is what has a history to be followed.
  const runId = await waitFor(
    'a run of the one that waits, which has looked',
    async () => {
      const run = await workflow
        .getHandle(workflowIdOf(node))
        .describe()
        .catch(() => undefined);
      return run !== undefined && run.historyLength > 5 ? run.runId : undefined;
    },
    undefined,
    60_000,
  );
  await engine.stopWorkers();

  const workflowsPath = fileURLToPath(new URL('./changed.ts', import.meta.url));
  const logger = new DefaultLogger('ERROR', () => undefined);
  vi.mocked(workflowBundle).mockResolvedValue(await bundleWorkflowCode({ workflowsPath, logger }));
  release();
  await engine.startWorker();

  await engine.untilState(node, 'Synced');
  await engine.untilState(base, 'Synced');
  const old = workflow.getHandle(workflowIdOf(node), runId);
  await waitFor('the old run to have failed', async () =>
    (await old.describe()).status.name === 'FAILED' ? true : undefined,
  );
  await expect(old.result()).rejects.toMatchObject({
    cause: { message: expect.stringContaining('TMPRL1100') as unknown },
  });
  const found = await engine.store.database.query<{ id: number }>(
    "select object_id as id from events where kind = 'found by the sweep'",
  );
  expect(found.map(({ id }) => id)).toContain(node.id);
});
