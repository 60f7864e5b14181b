import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { DEFAULTS } from '../../config.ts';
import { openLogstash } from '../../logstash.ts';
import { freePort } from '../../platform/ports.ts';
import { createStore } from '../../store/store.ts';
import { runWorker } from '../../worker/run.ts';
import { countLostLine } from '../../worker/runtime.ts';
import { accord } from '../e2e/accord.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';

const DEFINE = fileURLToPath(new URL('../../define/index.ts', import.meta.url));

const FILES = {
  'accord.yaml': 'name: meters\n',
  'meters.xproto':
    'option app_label = "meters";\nmessage Meter (XOSBase) { required string name = 1 [max_length = 50]; }\n',
  'synchronizer.ts': `
import { defineSynchronizer, step } from ${JSON.stringify(DEFINE)};
export default defineSynchronizer({
  name: 'meters',
  models: new URL('./meters.xproto', import.meta.url),
  steps: [step({ synchronizes: { name: 'Meter' }, async syncRecord() {}, async deleteRecord() {} })],
});
`,
};

async function meters(): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  return folder;
}

test('a worker whose address for metrics is taken says so, and has started nothing', async () => {
  const [folder, database] = [await meters(), await createTestDatabase()];
  onTestFinished(() => database.drop());
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void taken.close(() => resolve())));
  const { port } = taken.address() as { port: number };
  // A process of its own: Temporal's native part is installed once in each.
  const { code, output } = await accord(['worker', folder], {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    ACCORD_METRICS_BIND: `127.0.0.1:${port}`,
  });
  expect([code, output]).toEqual([
    2,
    `accord: the worker cannot tell its metrics at 127.0.0.1:${port}: another process has taken that address; ` +
      'set ACCORD_METRICS_BIND to another port, each worker of a machine needs its own',
  ]);
  const store = createStore({ databaseUrl: database.url });
  onTestFinished(() => store.close());
  await store.ensureSchema();
  expect([...(await store.models()).keys()]).toEqual([]);
});

test('a worker tells Prometheus what Temporal measures, and what its log has lost', async () => {
  const folder = await meters();
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const temporal = await createNamespace();
  onTestFinished(() => temporal.close());
  const port = await freePort();
  const worker = await runWorker(
    {
      ...DEFAULTS,
      databaseUrl: database.url,
      temporalAddress: inject('temporalAddress'),
      temporalNamespace: temporal.namespace,
      metricsBind: { host: '127.0.0.1', port },
    },
    folder,
    {
      findAnsible: () => Promise.reject(new Error('nothing here needs it')),
      log: pino({ level: 'silent' }),
    },
  );
  onTestFinished(() => worker.stop());
  const store = createStore({ databaseUrl: database.url });
  onTestFinished(() => store.close());
  await store.write({ name: 'a test' }, (tx) => tx.create('Meter', { name: 'm' }));
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await waitFor('an activity to be measured', async () =>
    (await metrics()).includes('temporal_activity_execution_latency') ? true : undefined,
  );
  expect(await metrics()).toMatch(/^temporal_worker_task_slots_available\{/m);
  expect(lost(await metrics())).toBe(0);
  expect([await healthAt(port), await healthAt((await nobody()).port)]).toEqual([0, 1]);

  const sink = openLogstash(await nobody(), () => undefined, countLostLine);
  onTestFinished(() => sink.close());
  // More than is kept for a listener that is away.
  for (let line = 0; line < 50; line += 1) sink.write(`${'x'.repeat(100_000)}\n`);
  await waitFor('lines to be lost', async () => (lost(await metrics()) > 0 ? true : undefined));
});

const lost = (text: string): number =>
  Number(/^accord_log_lines_lost_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? NaN);

/** The exit code of the check of docker-compose.yml. */
async function healthAt(port: number): Promise<number | undefined> {
  const text = await readFile(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const { services } = load(text, { schema: YAML11_SCHEMA }) as {
    services: { worker: { healthcheck: { test: string[] } } };
  };
  const [, file = '', ...args] = services.worker.healthcheck.test.map((part) =>
    part.replace('9464', String(port)),
  );
  return (await execa(file, args, { reject: false })).exitCode;
}

/** An address at which nobody listens. */
async function nobody(): Promise<{ host: string; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return { host: '127.0.0.1', port };
}
