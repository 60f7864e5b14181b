import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { startTemporal } from '../../platform/temporal.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startParent, untilGone } from './parent.ts';

describe("Temporal's development server", () => {
  test('goes on with what it knew, on the same port, after it was killed', async () => {
    const dir = await temporaryFolder();
    const first = await startTemporal({ dir, headless: true });
    await withClient(first.address, (client) =>
      client.workflow.start('neverWorkedOn', { workflowId: 'kept', taskQueue: 'nobody' }),
    );
    await first.kill();
    const second = await startTemporal({ dir, headless: true, port: first.port });
    expect(second.address).toBe(first.address);
    const kept = await withClient(second.address, (client) => client.workflow.getHandle('kept').describe());
    expect(kept.status.name).toBe('RUNNING');
    await second.stop();
  });

  test('ends with its parent, even when that is killed', async () => {
    const parent = await startParent(['temporal', await temporaryFolder()]);
    await parent.end('SIGKILL');
    await untilGone(parent.facts.pid);
  });

  test('serves its Web UI', async () => {
    const server = await startTemporal({ dir: await temporaryFolder() });
    const page = await fetch(server.uiUrl ?? 'none');
    expect(page.status).toBe(200);
    await server.stop();
  });

  test('says what its log says when it cannot start', async () => {
    const dir = await temporaryFolder();
    await expect(startTemporal({ dir, port: -1 })).rejects.toThrow(/Temporal in .* did not start: .+\n.+/s);
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
