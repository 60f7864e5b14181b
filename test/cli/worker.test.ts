import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startWorkerProcess } from '../../cli/worker-process.ts';
import { accord, startAccord } from '../e2e/accord.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));
const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const PATIENCE_MS = 120_000;

async function lamps(): Promise<string> {
  const folder = await temporaryFolder();
  const files = {
    'accord.yaml': 'name: lamps\nversion: 2\n',
    'package.json': '{ "type": "module" }',
    'lamps.xproto': 'option app_label = "lamps"; message Lamp (XOSBase) { required bool on = 1; }',
    'synchronizer.ts': `import { defineSynchronizer } from ${DEFINE};
      export default defineSynchronizer({ name: 'lamps', models: new URL('./lamps.xproto', import.meta.url) });`,
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

test(
  'a worker that has been told of no Postgres says so, and ends',
  async () => {
    const { code, output } = await accord(['worker', await lamps()]);
    expect([code, output]).toEqual([2, expect.stringContaining('DATABASE_URL is not set')]);
  },
  PATIENCE_MS,
);

test(
  'a worker that logs nothing tells who started it when it takes work',
  async () => {
    const [folder, database, temporal] = await Promise.all([
      lamps(),
      createTestDatabase(),
      createNamespace(),
    ]);
    try {
      const worker = await startWorkerProcess([process.execPath, MAIN, 'worker', folder], {
        env: {
          ...process.env,
          DATABASE_URL: database.url,
          TEMPORAL_ADDRESS: temporal.address,
          TEMPORAL_NAMESPACE: temporal.namespace,
          ACCORD_LOG_LEVEL: 'silent',
        },
        logFile: join(folder, 'worker.log'),
      });
      expect(await worker.ready, worker.lastWords()).toBe(true);
      expect(await worker.stop()).toEqual({ code: 0, signal: null });
      expect(worker.lastWords()).toBe('');
    } finally {
      await Promise.all([temporal.close(), database.drop()]);
    }
  },
  PATIENCE_MS,
);

test(
  'a worker whose models are refused says why, and ends',
  async () => {
    const [folder, database, temporal] = await Promise.all([
      lamps(),
      createTestDatabase(),
      createNamespace(),
    ]);
    const environment = {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    };
    try {
      const newer = await startAccord(['worker', folder], environment);
      await newer.said(/worker is ready/);
      await newer.stop();
      await writeFile(join(folder, 'accord.yaml'), 'name: lamps\nversion: 1\n');
      const { code, output } = await accord(['worker', folder], environment);
      expect([code, output]).toEqual([1, expect.stringMatching(/version 2/)]);
    } finally {
      await Promise.all([temporal.close(), database.drop()]);
    }
  },
  PATIENCE_MS,
);
