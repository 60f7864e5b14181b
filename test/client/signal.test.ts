import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSignaller, type Told } from '../../client/signal.ts';
import { isNotFound } from '../../client/temporal.ts';
import { MODEL, OBJECT_ID, SYNC_STATE, SYNCHRONIZER } from '../../workflows/search-attributes.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { claimOf } from './claims.ts';

// No worker polls here: workflows stay as they were started, with all their signals to be read.
let temporal: TestNamespace;
let bare: TestNamespace;
beforeAll(async () => {
  temporal = await createNamespace();
  bare = await createNamespace({ hasSearchAttributes: false });
});
afterAll(async () => {
  await temporal.close();
  await bare.close();
});

const handleOf = ({ client }: TestNamespace, id: number): WorkflowHandle =>
  client.workflow.getHandle(`Color/${id}`);

/** What a workflow is listed by: Synchronizer, Model, ObjectId, SyncState. */
async function attributesOf(namespace: TestNamespace, id: number): Promise<unknown[]> {
  const { typedSearchAttributes } = await handleOf(namespace, id).describe();
  return [SYNCHRONIZER, MODEL, OBJECT_ID, SYNC_STATE].map((key) => typedSearchAttributes.get(key));
}

/** With what a workflow was started, and what it has been told since. */
async function heard(namespace: TestNamespace, id: number): Promise<{ input: unknown; signals: unknown[] }> {
  const { events } = await handleOf(namespace, id).fetchHistory();
  const read = (data: Uint8Array | null | undefined): unknown =>
    JSON.parse(new TextDecoder().decode(data ?? undefined));
  return {
    input: read(events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data),
    signals: (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
      signal == null ? [] : [[signal.signalName, read(signal.input?.payloads?.[0]?.data)]],
    ),
  };
}

describe('a signal', () => {
  test('starts the workflow of its object, which is listed by what it is', async () => {
    await createSignaller(temporal.client).send(claimOf(1));
    expect(await heard(temporal, 1)).toEqual({
      input: { model: 'Color', id: 1, searchable: true },
      signals: [['changed', { generation: 3, version: 2, stop: false }]],
    });
    expect(await attributesOf(temporal, 1)).toEqual(['palette', 'Color', '1', 'syncing']);
    const description = await handleOf(temporal, 1).describe();
    expect(description).toMatchObject({ type: 'syncObject', taskQueue: 'palette' });
    expect(await description.staticSummary()).toBe('Color/1');
  });

  test('reaches the run that there is, and starts no other', async () => {
    const signaller = createSignaller(temporal.client);
    await signaller.send(claimOf(2));
    const { runId } = await handleOf(temporal, 2).describe();
    await signaller.send(claimOf(2, { generation: 4, version: 3, stop: true }));
    expect((await handleOf(temporal, 2).describe()).runId).toBe(runId);
    expect((await heard(temporal, 2)).signals.at(-1)).toEqual([
      'changed',
      { generation: 4, version: 3, stop: true },
    ]);
  });

  test('of what is idle is its start', async () => {
    const first = { kind: 'sync', activity: 'sync', token: 1, generation: 3 } as unknown as Told['first'];
    const told = { ...claimOf(21, { isIdle: true }), first };
    expect(await createSignaller(temporal.client).send(told)).toBe(true);
    expect(await heard(temporal, 21)).toEqual({
      input: { model: 'Color', id: 21, searchable: true, first },
      signals: [],
    });
    expect(await attributesOf(temporal, 21)).toEqual(['palette', 'Color', '21', 'syncing']);
  });

  test('of what is wrongly taken to be idle reaches the run that there is', async () => {
    const signaller = createSignaller(temporal.client);
    await signaller.send(claimOf(22, { isIdle: true }));
    const { runId } = await handleOf(temporal, 22).describe();
    expect(await signaller.send(claimOf(22, { isIdle: true, generation: 4 }))).toBe(false);
    expect((await handleOf(temporal, 22).describe()).runId).toBe(runId);
    expect((await heard(temporal, 22)).signals).toEqual([
      ['changed', { generation: 4, version: 2, stop: false }],
    ]);
  });

  test.each<[string, object, unknown]>([
    [
      'of a dependency names it',
      { hasChanged: false, cause: { model: 'Site', id: 7 } },
      ['dependencySynced', { model: 'Site', id: 7 }],
    ],
    [
      'of a dependency and of a change tells the change, which means more',
      { hasChanged: true, cause: { model: 'Site', id: 7 } },
      ['changed', { generation: 3, version: 2, stop: false }],
    ],
    [
      'of neither, as the sweep sends it, makes the workflow look',
      { hasChanged: false },
      ['changed', { generation: 3, version: 2, stop: false }],
    ],
  ])('%s', async (name, more, expected) => {
    const id = 10 + name.length;
    await createSignaller(temporal.client).send(claimOf(id, more));
    expect((await heard(temporal, id)).signals).toEqual([expected]);
  });

  test('of any urgency has one that Temporal knows', async () => {
    const signaller = createSignaller(temporal.client);
    await signaller.send(claimOf(3, { priority: -1 }));
    await signaller.send(claimOf(4, { priority: 99 }));
    const priorities = [3, 4].map(
      async (id) => (await handleOf(temporal, id).describe()).priority?.priorityKey,
    );
    expect(await Promise.all(priorities)).toEqual([1, 5]);
  });
});

describe('where the search attributes are not registered', () => {
  test('work goes on without them, until they are asked for again after a minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const signaller = createSignaller(bare.client);
      await signaller.send(claimOf(1));
      // The workflow knows, and leaves them alone.
      expect((await heard(bare, 1)).input).toEqual({ model: 'Color', id: 1, searchable: false });
      expect(await attributesOf(bare, 1)).toEqual([undefined, undefined, undefined, undefined]);

      await bare.registerSearchAttributes();
      await signaller.send(claimOf(2));
      expect((await heard(bare, 2)).input).toMatchObject({ searchable: false });
      vi.advanceTimersByTime(61_000);
      await vi.waitFor(async () => {
        // Temporal, too, takes a moment to know them.
        const id = Math.floor(performance.now());
        await signaller.send(claimOf(id));
        vi.advanceTimersByTime(61_000);
        expect(await attributesOf(bare, id)).toEqual(['palette', 'Color', String(id), 'syncing']);
      }, 20_000);
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a refusal for any other reason is not hidden', async () => {
  const signaller = createSignaller(temporal.client);
  await expect(signaller.send(claimOf(5, { model: 'x'.repeat(2_000) }))).rejects.toMatchObject({
    cause: { details: expect.stringMatching(/length/i) as unknown },
  });
  const error: unknown = await handleOf(temporal, 6)
    .describe()
    .catch((reason: unknown) => reason);
  expect(isNotFound(error)).toBe(true);
});
