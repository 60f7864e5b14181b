import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSignaller } from '../../client/signal.ts';
import { answered } from '../../client/temporal.ts';
import { SYNC_STATE } from '../../workflows/search-attributes.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { claimOf } from './claims.ts';

const page = await readFile(fileURLToPath(new URL('../../docs/temporal.md', import.meta.url)), 'utf8');
/** The rows of its table of queries: what they are for, and the queries. */
const QUERIES = [...page.matchAll(/^\| ([^|`]+?) +\| `([^`]+)` +\|$/gm)]
  .map(([, what = '', query = '']) => ({ what, query }))
  .filter(({ query }) => query.includes('='));

/** What each of them finds among the workflows below. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'all that is not done': ['Color/3', 'Color/4', 'Page/5'],
  'what waits for something else': ['Color/4'],
  'of one model': ['Color/3', 'Color/4'],
  'of one synchronizer': ['Page/5'],
  'the last lives of one object': ['Color/3'],
  'runs that could not go on after an upgrade': ['Color/6'],
  'watchers, and steps that choose, at work': ['watcher/w'],
};

let temporal: TestNamespace;
beforeAll(async () => {
  temporal = await createNamespace();
  const { client } = temporal;
  const signaller = createSignaller(client);
  await signaller.send(claimOf(6, { synchronizer: 'broken' }));
  await failNext('broken');
  await signaller.send(claimOf(3));
  await signaller.send(claimOf(5, { model: 'Page', synchronizer: 'exampleservice' }));
  await client.workflow.start('deliverEvents', { workflowId: 'watcher/w', taskQueue: 'palette' });
  // As a workflow that waits has it.
  const { typedSearchAttributes } = await describedAs('Color/3');
  await client.workflow.start('syncObject', {
    workflowId: 'Color/4',
    taskQueue: 'palette',
    typedSearchAttributes: typedSearchAttributes.updateCopy([{ key: SYNC_STATE, value: 'waiting' }]),
  });
});
afterAll(() => temporal.close());

const describedAs = (workflowId: string) => temporal.client.workflow.getHandle(workflowId).describe();

/** Of temporal.api.enums.v1.CommandType. */
const FAIL_WORKFLOW_EXECUTION = 5;

/** End the next run of a task queue as one ends that cannot go on. */
async function failNext(taskQueue: string): Promise<void> {
  const { workflowService } = temporal.client;
  const { namespace } = temporal;
  const { taskToken } = await answered(temporal.client, () =>
    workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
  );
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    commands: [
      {
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package of Temporal's own
        commandType: FAIL_WORKFLOW_EXECUTION,
        failWorkflowExecutionCommandAttributes: { failure: { message: 'nondeterminism' } },
      },
    ],
  });
}

test('the page of queries has them, and each is tried here', () => {
  expect(QUERIES.map(({ what }) => what)).toEqual(Object.keys(FOUND));
});

test.each(QUERIES)('the documented query finds $what', async ({ what, query }) => {
  const wanted = FOUND[what]?.toSorted();
  let found: string[] = [];
  // What is listed lags behind what is so.
  await waitFor(
    `${query} to find ${String(wanted)}`,
    async () => {
      found = [];
      for await (const { workflowId } of temporal.client.workflow.list({ query })) found.push(workflowId);
      return found.toSorted().join() === wanted?.join() ? true : undefined;
    },
    () => Promise.resolve(found),
  );
});
