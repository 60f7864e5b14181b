import { stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runPlaybook } from '../../backend/run-playbook.ts';
import { skip, type Attributes, type ObjectOf, type StepContext } from '../../define/index.ts';
import { createPageServer } from '../../synchronizers/exampleservice/backend/pages.ts';
import type { EmbeddedImage, ExampleServiceInstance } from '../../synchronizers/exampleservice/models.gen.ts';
import { syncEmbeddedImage } from '../../synchronizers/exampleservice/steps/sync-embedded-image.ts';
import { syncExampleServiceInstance } from '../../synchronizers/exampleservice/steps/sync-exampleserviceinstance.ts';
import { createBench, warmAnsible, type Bench } from '../backend/playbooks.ts';

const PLAYBOOKS = fileURLToPath(new URL('../../synchronizers/exampleservice/playbooks', import.meta.url));

const objects = new Map<string, object>();

/** A context that reads from `objects`. */
const context = {
  follow: async (ref: { model: string; id: number } | null) =>
    ref === null ? null : (objects.get(`${ref.model}/${ref.id}`) ?? null),
  find: async () => [objects.get('EmbeddedImage/21')],
  log: { info: () => undefined },
  record: async () => undefined,
  signal: new AbortController().signal,
} as unknown as StepContext<typeof EmbeddedImage> & StepContext<typeof ExampleServiceInstance>;

const instance = {
  model: 'ExampleServiceInstance',
  id: 7,
  name: 'Web 1',
  owner: { model: 'ExampleService', id: 1 },
  tenant_message: '<b>Fish & chips</b> {{ 7 * 7 }}',
  foreground_color: { model: 'Color', id: 3 },
  background_color: null,
  backend_handle: '/pages/7',
} as ObjectOf<typeof ExampleServiceInstance>;

const image = {
  model: 'EmbeddedImage',
  id: 21,
  name: 'a "circle"',
  url: 'http://images.example/?a=1&b=2',
  serviceinstance: { model: 'ExampleServiceInstance', id: 7 },
  backend_handle: null,
} as ObjectOf<typeof EmbeddedImage>;

let bench: Bench;
let address: string;

beforeEach(async () => {
  bench = await createBench();
  const pages = join(bench.folder, 'pages');
  vi.stubEnv('EXAMPLESERVICE_PAGES', pages);
  const server = createPageServer(pages, () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('EXAMPLESERVICE_BACKEND', address);
  objects.set('ExampleService/1', { service_message: 'Served "by" Accord' });
  objects.set('Color/3', { html_code: '#14213d' });
  objects.set('EmbeddedImage/21', image);
  objects.set('ExampleServiceInstance/7', instance);
  return () => server.close();
});
afterEach(() => void vi.unstubAllEnvs());

const runStep = async (deleting: boolean): Promise<Attributes> => {
  const step = syncExampleServiceInstance;
  const variables = await step.getExtraAttributes?.(instance, context);
  if (variables === undefined || variables === skip) throw new Error('there are attributes');
  const result = await runPlaybook({
    ansible: warmAnsible,
    playbook: join(PLAYBOOKS, step.templateName),
    variables,
    runDir: bench.runDir,
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    delete: deleting,
  });
  expect(result.recap).toMatch(/^web-1 : /);
  return result.outputs;
};

describe('an ExampleServiceInstance', { timeout: 90_000 }, () => {
  test('is a page with its message, its colors and its images, until it is deleted', async () => {
    const outputs = await runStep(false);
    expect(syncExampleServiceInstance.mapOutputs?.(outputs, instance)).toEqual({
      backend_handle: '/pages/7',
    });
    const page = await (await fetch(`${address}/pages/7`)).text();
    expect(page).toContain('<h1>&lt;b&gt;Fish &amp; chips&lt;/b&gt; {{ 7 * 7 }}</h1>');
    expect(page).toContain('Served &#34;by&#34; Accord');
    expect(page).toContain('color: #14213d;');
    expect(page).toContain('<img src="http://images.example/?a=1&amp;b=2" alt="a &#34;circle&#34;">');

    await runStep(true);
    expect((await fetch(`${address}/pages/7`)).status).toBe(404);
    await expect(stat(join(bench.folder, 'pages', '7'))).rejects.toThrow('ENOENT');
    await runStep(true);
  });
});

describe('an EmbeddedImage', () => {
  test('is stored with its page, moves with it, and is gone when it is deleted', async () => {
    const feedback = await syncEmbeddedImage.syncRecord(image, context);
    expect(feedback).toEqual({ backend_handle: '/pages/7/images/21' });
    expect(await (await fetch(`${address}/pages/7/images/21`)).text()).toBe(image.url);

    objects.set('ExampleServiceInstance/7', { ...instance, backend_handle: '/pages/8' });
    const moved = { ...image, ...feedback };
    expect(await syncEmbeddedImage.syncRecord(moved, context)).toEqual({
      backend_handle: '/pages/8/images/21',
    });
    expect((await fetch(`${address}/pages/7/images/21`)).status).toBe(404);

    await syncEmbeddedImage.deleteRecord({ ...image, backend_handle: '/pages/8/images/21' }, context);
    expect((await fetch(`${address}/pages/8/images/21`)).status).toBe(404);
    await syncEmbeddedImage.deleteRecord({ ...image, backend_handle: '/pages/8/images/21' }, context);
  });

  test('waits for its page', async () => {
    objects.set('ExampleServiceInstance/7', { ...instance, backend_handle: null });
    await expect(syncEmbeddedImage.syncRecord(image, context)).rejects.toThrow('no backend_handle yet');
  });
});
