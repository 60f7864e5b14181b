import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { startAccord, type AccordProcess } from './accord.ts';
import { watch } from './installation.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));

const FILES = {
  'accord.yaml': 'name: lamps\n',
  'package.json': '{ "type": "module" }',
  'lamps.xproto': `option app_label = "lamps"; option name = "lamps";
    message Lamp (XOSBase) { required string name = 1 [max_length = 64]; optional string note = 2 [max_length = 64]; }`,
  'synchronizer.ts': `import { defineSynchronizer } from ${DEFINE};
    export default defineSynchronizer({ name: 'lamps', models: new URL('./lamps.xproto', import.meta.url) });`,
  'steps/lamp.ts': `import { step } from ${DEFINE};
    import { word } from '../lib/word.ts';
    export const lamp = step({
      synchronizes: { name: 'Lamp' },
      syncRecord: ({ name }) => ({ backend_handle: word + ' ' + name }),
      deleteRecord() {},
    });`,
  'lib/word.ts': "export const word = 'first';",
};

/** Wait until it has said something for the nth time. */
const saidAgain = (up: AccordProcess, what: RegExp, times: number): Promise<string> =>
  waitFor(
    `${String(what)} to be said ${times} times`,
    () => up.lines.filter((line) => what.test(line))[times - 1],
    () => up.lines.slice(-20),
    120_000,
  );

test('accord up goes on with edited code, and with the old where the new cannot be loaded', async () => {
  const folder = join(await temporaryFolder(), 'lamps');
  const edit = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(FILES)) await edit(path, text);
  const [temporal, database] = await Promise.all([createNamespace(), createTestDatabase()]);
  const up = await startAccord(
    ['up', '.'],
    {
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    },
    { cwd: folder },
  );
  try {
    const server = (await up.said(/^Server:/)).replace(/^Server:\s*/, '');
    const client = createClient({ server });
    const { until } = watch(client);
    const { id } = await client.create('Lamp', { name: 'one' });
    const ref = { model: 'Lamp', id };
    const made = (handle: string): Promise<unknown> =>
      until(ref, ({ state, backend_handle }) => state === 'Synced' && backend_handle === handle, handle);
    await made('first one');

    // A module that a step imports; the same server and the same objects go on.
    await edit('lib/word.ts', "export const word = 'second';");
    await saidAgain(up, /lamps was loaded anew/, 1);
    await client.update(ref, { name: 'two' });
    await made('second two');

    await edit('steps/lamp.ts', 'export const lamp = step({');
    await saidAgain(up, /lamps has changed and cannot be loaded/, 1);
    await up.said(/steps\/lamp\.ts cannot be loaded: /);
    await client.update(ref, { name: 'three' });
    await made('second three');

    // Mended, and a policy in a folder that is new.
    await edit(
      'policies/lamp.ts',
      `import { policy } from ${DEFINE};
      const Lamp = { name: 'Lamp' };
      export const lamp = policy({
        model: Lamp,
        async handleUpdate(object, { update }) { if (object.note !== 'seen') await update(object, { note: 'seen' }); },
      });`,
    );
    await edit('steps/lamp.ts', FILES['steps/lamp.ts'].replace("' '", "'!'"));
    await waitFor(
      'step and policy to be loaded',
      async () => {
        await client.update(ref, { name: `four${Date.now()}` });
        const { note } = await client.get(ref);
        return note === 'seen' ? true : undefined;
      },
      () => up.lines.slice(-20),
      120_000,
    );
    await until(
      ref,
      ({ state, backend_handle }) => state === 'Synced' && /^second!four/.test(String(backend_handle)),
      'anew',
    );
    expect(up.hasEnded()).toBe(false);
  } finally {
    await up.stop();
    await Promise.all([temporal.close(), database.drop(), rm(folder, { recursive: true, force: true })]);
  }
}, 400_000);
