import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, expect, onTestFinished, test } from 'vitest';
import { DEFAULTS, type Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createStore } from '../../store/store.ts';
import { runWorker } from '../../worker/run.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

const DEFINE = fileURLToPath(new URL('../../define/index.ts', import.meta.url));

const XPROTO = `
option app_label = "lights";
message Lamp (XOSBase) { required string name = 1 [max_length = 20]; }
message Desk (XOSBase) { optional manytoone lamp->Lamp:desks = 1; }
`;

const SYNCHRONIZER = `
import { defineSynchronizer, modelLink, watcher } from ${JSON.stringify(DEFINE)};
export default defineSynchronizer({
  name: 'lights',
  models: new URL('./lights.xproto', import.meta.url),
  watchers: [
    watcher({
      synchronizes: { name: 'Desk' },
      watched: [modelLink({ name: 'Lamp' }, { via: 'lamp' })],
      handleWatchedObject() {
        throw new Error('heard');
      },
    }),
  ],
});
`;

test('`enable_watchers: false` keeps and delivers no events', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'lights.xproto'), XPROTO);
  await writeFile(join(folder, 'synchronizer.ts'), SYNCHRONIZER);
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const config: Config = {
    ...DEFAULTS,
    databaseUrl: database.url,
    temporalAddress: inject('temporalAddress'),
  };
  const store = createStore({ databaseUrl: database.url });
  onTestFinished(() => store.close());

  const eventsWith = async (setting: string): Promise<object[]> => {
    await writeFile(join(folder, 'accord.yaml'), `name: lights\nenable_watchers: ${setting}\n`);
    const findAnsible = () => Promise.reject(new Error('no step needs it'));
    const worker = await runWorker(config, folder, { findAnsible, log: createLog({ level: 'silent' }) });
    try {
      await store.write({ name: 'a test' }, (tx) => tx.create('Lamp', { name: setting }));
      return await store.database.query('select watcher, event from deliveries');
    } finally {
      await worker.stop();
    }
  };
  expect(await eventsWith('true')).toEqual([{ watcher: 'lights/watcher Desk', event: 'added' }]);
  expect(await eventsWith('false')).toEqual([]);
});
