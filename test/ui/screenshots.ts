/** `npm run screenshots`: pictures of each screen for the docs, of the real page on the example's objects. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { createSamples } from '../../cli/samples.ts';
import { DEFAULTS } from '../../config.ts';
import { loadModels } from '../../define/load-models.ts';
import { createLog } from '../../log.ts';
import type { Ref } from '../../model/definition.ts';
import { startPostgres } from '../../platform/postgres.ts';
import { createServer } from '../../server/server.ts';
import { appendAttemptEvents } from '../../store/attempt-events.ts';
import { createStore, type Store } from '../../store/store.ts';
import { announceWorker } from '../../store/workers.ts';
import { ensureUi } from '../../tools/build-ui.mjs';
import { attemptsOn } from '../server/attempts.ts';

const example = fileURLToPath(new URL('../../synchronizers/exampleservice/', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** What is shown of which object, and what must be there before the picture is taken. */
const SCREENS: Readonly<Record<string, (refs: Named) => { readonly hash: string; readonly until: string }>> =
  {
    fleet: () => ({ hash: '#/objects', until: 'web-3' }),
    object: (refs) => ({ hash: `#/objects/${spell(refs.at('web-1'))}`, until: 'HTTP 503' }),
    failures: () => ({ hash: '#/failures', until: 'HTTP 503' }),
    graph: (refs) => ({ hash: `#/graph/${spell(refs.at('web-1'))}`, until: 'As text' }),
    activity: () => ({ hash: '#/activity', until: 'HTTP 503' }),
    models: () => ({ hash: '#/models', until: 'EmbeddedImage' }),
    synchronizers: () => ({ hash: '#/synchronizers', until: 'exampleservice' }),
    form: () => ({ hash: '#/new/ExampleServiceInstance', until: 'tenant_message' }),
  };

interface Named {
  at(name: string): Ref;
}

const spell = ({ model, id }: Ref): string => `${model}/${id}`;

const folder = await mkdtemp(join(tmpdir(), 'accord-screenshots-'));
const postgres = await startPostgres({ dir: join(folder, 'postgres'), durable: false });
const store = createStore({ databaseUrl: postgres.url });
const config = { ...DEFAULTS, temporalUi: 'http://127.0.0.1:8233' };
const server = createServer({ store, config, log: createLog({ level: 'warn' }) });
try {
  if (!(await ensureUi())) throw new Error('the page could not be built');
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  await takeAll(`http://127.0.0.1:${port}/ui/`, await stage(store, postgres.url));
} finally {
  await server.close();
  await store.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The example's objects: most are synced, one has failed, and what depends on it waits. */
async function stage({ database, ...rest }: Store, url: string): Promise<Named> {
  const store = { database, ...rest };
  await store.ensureSchema();
  const { models } = await loadModels([join(example, 'exampleservice.xproto')]);
  await store.register({
    synchronizer: 'exampleservice',
    models: models.map((definition) => ({
      definition,
      hasStep: !definition.abstract && definition.app === 'exampleservice',
      hasPolicy: false,
    })),
  });
  await announceWorker(database, { name: 'worker-1:4711', synchronizer: 'exampleservice' });
  await createSamples(url, join(example, 'samples.yaml'));
  const rows = await database.query<Ref & { name: string }>(
    `select id, model, declarative ->> 'name' as name from objects order by id`,
  );
  const at = (name: string): Ref => {
    const found = rows.find((row) => row.name === name);
    if (found === undefined) throw new Error(`the samples have no ${name}`);
    return { model: found.model, id: found.id };
  };
  const attempts = attemptsOn(store);
  const managed = rows.filter(({ model }) => ['Color', 'ExampleService'].includes(model));
  for (const row of managed) if (row.name !== 'midnight') await attempts.sync(row);
  for (let time = 0; time < 3; time += 1)
    await attempts.fail(at('midnight'), 'syncColor: HTTP 503 from http://palette.example/colors');
  for (const name of ['web-2', 'web-3']) await attempts.sync(at(name));
  for (const name of ['web-1', 'A circle', 'A square']) await attempts.look(at(name));
  const { fence } = await attempts.begin(at('A leaf'));
  const task = { taskId: 't', task: 'fetch the picture', action: 'uri', noLog: false };
  await appendAttemptEvents(database, fence, [
    { number: 1, at: new Date(), event: { event: 'task', ...task } },
  ]);
  return { at };
}

async function takeAll(page: string, refs: Named): Promise<void> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  try {
    const light = await browser.newPage({ viewport: { width: 1200, height: 760 } });
    for (const [name, screen] of Object.entries(SCREENS)) await take(light, page, name, screen(refs));
    const dark = await browser.newPage({ viewport: { width: 390, height: 760 }, colorScheme: 'dark' });
    const screen = SCREENS['object'];
    if (screen !== undefined) await take(dark, page, 'phone', screen(refs));
  } finally {
    await browser.close();
  }
}

async function take(
  tab: Page,
  page: string,
  name: string,
  { hash, until }: { readonly hash: string; readonly until: string },
): Promise<void> {
  await tab.goto(page + hash);
  await tab.getByText('Live', { exact: false }).first().waitFor();
  await tab.locator('main').getByText(until).first().waitFor();
  // What is asked for beside it, too: empty cards show nothing.
  await tab.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' });
  const path = `${docs}page-${name}.png`;
  await tab.screenshot({ path });
  console.error(path);
}
