import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DEFAULTS } from '../config.ts';
import { loadModels } from '../define/load-models.ts';
import { createLog } from '../log.ts';
import { startPostgres } from '../platform/postgres.ts';
import { createServer } from '../server/server.ts';
import { createStore, type Store } from '../store/store.ts';
import { ensureUi } from '../tools/build-ui.mjs';
import { median, quantile } from './quantiles.ts';
import { benchScroll } from './scroll.ts';

/** What the issue aims at. */
const GOAL_P95_MS = 200;
const GOAL_SCREEN_MS = 1_000;

const xproto = fileURLToPath(new URL('./bench.xproto', import.meta.url));
const FLEET = '/xosapi/v1/accord/objects';

/** What is asked for, and by which path. */
const LISTS: Readonly<Record<string, (somewhere: number) => string>> = {
  'fleet, first page': () => `${FLEET}?limit=100`,
  'fleet, some page': (id) => `${FLEET}?limit=100&after=${id}`,
  'fleet, state:error': () => `${FLEET}?limit=100&state=error`,
  'fleet, state:synced': (id) => `${FLEET}?limit=100&state=synced&after=${id}`,
  'fleet, a name': (id) => `${FLEET}?limit=100&q=item-${id}`,
  'items, some page': (id) => `/xosapi/v1/bench/items?limit=100&after=${id}`,
  'items, by name': (id) => `/xosapi/v1/bench/items?limit=100&name=item-${id}`,
  summary: () => '/xosapi/v1/accord/summary',
};

/** Ask for lists of very many objects, some of them failed and waiting; then open the page on them. */
export async function benchList(size = 50_000, rounds = 40): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  const postgres = await startPostgres({ dir: join(folder, 'postgres') });
  const store = createStore({ databaseUrl: postgres.url });
  const server = createServer({ store, config: DEFAULTS, log: createLog({ level: 'silent' }) });
  try {
    await fill(store, size);
    await server.listen({ host: '127.0.0.1', port: 0 });
    const address = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    console.log(`${size} objects          median ms    p95 ms   goal`);
    for (const [name, path] of Object.entries(LISTS)) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round += 1)
        times.push(await timed(() => read(address + path(Math.floor(Math.random() * size)))));
      report(name, times, GOAL_P95_MS);
    }
    await benchScreen(address);
  } finally {
    await server.close();
    await store.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Synced but for a few: one in a hundred has failed, and as many wait for one of these. */
async function fill(store: Store, size: number): Promise<void> {
  await store.ensureSchema();
  const { models } = await loadModels([xproto]);
  await store.register({
    synchronizer: 'bench',
    models: models.map((definition) => ({ definition, hasStep: true, hasPolicy: false })),
  });
  // As it would be after all of their attempts, and without these.
  await store.database.query(
    `insert into objects (model, declarative, enacted, outcome, outcome_generation, outcome_at, outcome_text, failures)
     select 'Item', jsonb_build_object('name', 'item-' || n), case when n % 100 > 1 then 1 end,
            case when n % 100 = 0 then 'failed' when n % 100 > 1 then 'synced' end, 1, now(),
            case when n % 100 = 0 then 'HTTP 503 from the bench' end, (n % 100 = 0)::integer
       from generate_series(1, $1::integer) n`,
    [size],
  );
  await store.database.query(
    `insert into waits (waiter, waited, kind)
     select o.id, o.id - 1, 'creation' from objects o join objects f on f.id = o.id - 1 and f.outcome = 'failed'`,
  );
  await store.database.query('analyze');
}

/** From the call of the page to rows on the screen; and how smoothly these move. */
async function benchScreen(address: string, rounds = 10): Promise<void> {
  if (!(await ensureUi())) throw new Error('the page could not be built');
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args }).catch(() => undefined);
  if (browser === undefined) {
    console.log('There is no chromium here: the first screen is not measured.');
    return;
  }
  try {
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const page = await browser.newPage();
      times.push(
        await timed(async () => {
          await page.goto(`${address}/ui/`, { waitUntil: 'commit' });
          await page.getByRole('row').nth(10).waitFor();
        }),
      );
      await page.close();
    }
    report('first screen', times, GOAL_SCREEN_MS);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await benchScroll(page, address);
  } finally {
    await browser.close();
  }
}

async function read(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

function report(name: string, times: readonly number[], goal: number): void {
  const numbers = [median(times), quantile(times, 0.95)].map((ms) => ms.toFixed(0).padStart(9));
  console.log([name.padEnd(22), ...numbers, String(goal).padStart(6)].join(' '));
}
