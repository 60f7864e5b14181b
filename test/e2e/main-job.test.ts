import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { freePort } from '../../platform/ports.ts';
import { startProcess, type RunningProcess } from '../../platform/process.ts';
import { MODEL, OBJECT_ID, SYNCHRONIZER } from '../../workflows/search-attributes.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord } from './accord.ts';
import { startInstallation, type Installation } from './installation.ts';

const EXAMPLE = fileURLToPath(new URL('../../synchronizers/exampleservice', import.meta.url));
/** A playbook takes a second, or twenty on a machine that is busy. */
const PATIENCE_MS = 240_000;

let folder: string;
let backend: RunningProcess;
let pages: string;
let temporal: TestNamespace;
let example: Installation;
let red: Ref;
let web: Ref;
let doomed: Ref;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  const port = await freePort();
  pages = `http://127.0.0.1:${port}`;
  const environment = { EXAMPLESERVICE_PAGES: join(folder, 'pages'), EXAMPLESERVICE_BACKEND: pages };
  backend = await startProcess(process.execPath, [join(EXAMPLE, 'backend/main.ts'), String(port)], {
    env: { ...process.env, ...environment },
  });
  temporal = await createNamespace();
  example = await startInstallation({
    folder: EXAMPLE,
    temporal,
    environment: { ...environment, ACCORD_SYS_DIR: join(folder, 'sys') },
  });
  const service = await create('ExampleService', { name: 'example', service_message: 'kept by Accord' });
  red = await create('Color', { name: 'red', html_code: '#e00000' });
  web = await create('ExampleServiceInstance', {
    owner_id: service.id,
    name: 'web',
    tenant_message: 'hello of web',
    foreground_color_id: red.id,
  });
  doomed = await create('ExampleServiceInstance', {
    owner_id: service.id,
    name: 'doomed',
    tenant_message: 'hello of doomed',
  });
}, PATIENCE_MS);
afterAll(async () => {
  await example.stop();
  await temporal.close();
  await backend.stop();
  await rm(folder, { recursive: true, force: true });
}, PATIENCE_MS);

async function create(model: string, fields: Record<string, unknown>): Promise<Ref> {
  const { id } = await example.api.create(model, fields);
  return { model, id };
}

const addressOf = (plural: string, { id }: Ref): string =>
  `${example.server}/xosapi/v1/exampleservice/${plural}/${id}`;

/** The page as visitors get it; undefined when there is none. */
async function page({ id }: Ref): Promise<string | undefined> {
  const response = await fetch(`${pages}/pages/${id}`);
  return response.ok ? response.text() : undefined;
}

const untilPage = (ref: Ref, text: string): Promise<string> =>
  waitFor(
    `the page of ${ref.model}/${ref.id} to say ${text}`,
    async () => {
      const html = await page(ref);
      return html?.includes(text) === true ? html : undefined;
    },
    () => page(ref),
    60_000,
  );

describe('the page of a tenant', () => {
  test('is served once the instance is synced, in its colors', { timeout: PATIENCE_MS }, async () => {
    const object = await example.untilSynced(web);
    expect(object['backend_handle']).toBe(`/pages/${web.id}`);
    const html = await page(web);
    expect(html).toContain('<h1>hello of web</h1>');
    expect(html).toContain('kept by Accord');
    expect(html).toContain('#e00000');
  });

  test('changes when the tenant_message is changed through REST', { timeout: PATIENCE_MS }, async () => {
    await example.untilSynced(web);
    const sentAt = Date.now();
    const response = await fetch(addressOf('exampleserviceinstances', web), {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_message: 'changed <through> REST' }),
    });
    expect(response.status).toBe(200);
    await untilPage(web, 'changed &lt;through&gt; REST');
    await example.until(web, ({ enacted }) => enacted === 2, 'to be at generation 2');
    const { totalMs, playbookMs } = await timesOf(web, sentAt);
    console.log(
      `from PATCH to recorded: ${totalMs} ms; the playbook took ${playbookMs} ms, Accord added ${totalMs - playbookMs} ms`,
    );
  });

  test(
    'changes when the tenant_message is changed by the command line',
    { timeout: PATIENCE_MS },
    async () => {
      const name = `ExampleServiceInstance/${web.id}`;
      const environment = { ACCORD_SERVER: example.server };
      expect(await accord(['update', name, 'tenant_message=typed by hand'], environment)).toEqual({
        code: 0,
        output: `${name} updated`,
      });
      expect(await accord(['wait', name, '--timeout', '120s'], environment)).toMatchObject({
        code: 0,
        output: expect.stringContaining(`${name} synced`) as unknown,
      });
      expect(await page(web)).toContain('typed by hand');
      const { output } = await accord(['get', name], environment);
      expect(output).toMatch(new RegExp(`^${web.id} +web +Synced +(\\d+) +\\1 `, 'm'));
    },
  );

  test('is removed with its instance, and then the row goes', { timeout: PATIENCE_MS }, async () => {
    await example.untilSynced(doomed);
    expect(await page(doomed)).toContain('hello of doomed');
    await example.api.remove(doomed);
    await example.untilGone(doomed);
    // Asked once: what is gone from the API is gone from the back end already.
    expect(await page(doomed)).toBeUndefined();
  });
});

test('a Color in use is not deleted, and the answer says by whom', async () => {
  const response = await fetch(addressOf('colors', red), { method: 'DELETE' });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({
    error: { code: 'E_IN_USE', dependents: [`ExampleServiceInstance/${web.id}`] },
  });
  expect(await example.api.get(red)).toMatchObject({ deleted: false });
});

describe('in Temporal', () => {
  test(
    'an object is found by its id, and what was done for it tells its name',
    { timeout: PATIENCE_MS },
    async () => {
      await example.untilSynced(web);
      const workflowId = `ExampleServiceInstance/${web.id}`;
      const handle = temporal.client.workflow.getHandle(workflowId);
      await handle.result();
      const description = await handle.describe();
      expect(description).toMatchObject({ type: 'syncObject', taskQueue: 'exampleservice' });
      expect(await description.staticSummary()).toBe(workflowId);
      const attributes = [SYNCHRONIZER, MODEL, OBJECT_ID].map((key) =>
        description.typedSearchAttributes.get(key),
      );
      expect(attributes).toEqual(['exampleservice', 'ExampleServiceInstance', String(web.id)]);

      const { events } = await handle.fetchHistory();
      const activities = (events ?? []).flatMap(
        ({ activityTaskScheduledEventAttributes: what, userMetadata }) =>
          what == null ? [] : [[what.activityType?.name, textOf(userMetadata?.summary?.data)]],
      );
      // Two, when the second goal came before the run of the first had ended.
      expect(activities.length).toBeGreaterThan(0);
      for (const activity of activities) expect(activity).toEqual(['runPlaybook', `"sync ${workflowId}"`]);
    },
  );

  test('objects are listed by what they are', { timeout: PATIENCE_MS }, async () => {
    const query = `Synchronizer = 'exampleservice' AND Model = 'ExampleServiceInstance' AND ObjectId = '${web.id}'`;
    const found = await waitFor('the list to have it', async () => {
      for await (const { workflowId } of temporal.client.workflow.list({ query })) return workflowId;
      return undefined;
    });
    expect(found).toBe(`ExampleServiceInstance/${web.id}`);
  });
});

const textOf = (data: Uint8Array | null | undefined): string => new TextDecoder().decode(data ?? undefined);

/** How long it took until the last attempt on an object was recorded, and how much of it its playbook needed. */
async function timesOf({ id }: Ref, sentAt: number): Promise<{ totalMs: number; playbookMs: number }> {
  const [attempt] = await example.database.query<{ finished: Date }>(
    'select finished from attempts where object_id = $1 order by number desc limit 1',
    [id],
  );
  const line = example.workers
    .flatMap(({ lines }) => lines)
    .filter((one) => one.includes('"playbook done"') && one.includes(`"id":${id},`))
    .at(-1);
  const { duration_ms } = JSON.parse(line ?? '{}') as { duration_ms?: number };
  if (attempt === undefined || duration_ms === undefined)
    throw new Error(`no attempt on object ${id} was logged`);
  return { totalMs: attempt.finished.getTime() - sentAt, playbookMs: duration_ms };
}
