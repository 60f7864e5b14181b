import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createStore } from '../../store/store.ts';
import { accord } from '../e2e/accord.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));
const SYNCHRONIZER = `
import { defineSynchronizer, step } from ${DEFINE};
export default defineSynchronizer({
  name: 'lights', models: new URL('./lights.xproto', import.meta.url),
  steps: [step({ synchronizes: { name: 'Lamp' }, syncRecord() {}, deleteRecord() {} })],
});
`;

const xproto = (fields: string): string =>
  `option app_label = "lights";\nmessage Lamp (XOSBase) { ${fields} }\n`;
const LONG = xproto('required string name = 1 [max_length = 20];');
const SHORT = xproto('optional string name = 1 [max_length = 3];');

describe('accord migrate', { timeout: 120_000 }, () => {
  test('plans, refuses, accepts and removes', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'accord.yaml'), 'name: lights\n');
    await writeFile(join(folder, 'synchronizer.ts'), SYNCHRONIZER);
    await writeFile(join(folder, 'lights.xproto'), LONG);
    const database = await createTestDatabase();
    const store = createStore({ databaseUrl: database.url, connections: 2 });
    onTestFinished(async () => {
      await store.close();
      await database.drop();
    });
    const migrate = (...args: string[]) => accord(['migrate', ...args], { DATABASE_URL: database.url });

    const first = await migrate(folder);
    expect(first.code).toBe(0);
    expect(first.output).toContain('+ Lamp\n');
    expect(first.output).toContain('A worker of lights would be accepted.');
    // Nothing was registered yet: a plan changes nothing.
    expect([...(await store.models()).keys()]).toEqual([]);

    await migrate(folder, '--accept');
    const { id } = await store.write({ name: 'a test' }, (tx) => tx.create('Lamp', { name: 'ceiling' }));
    await writeFile(join(folder, 'lights.xproto'), SHORT);
    expect(await migrate(folder, '--plan')).toEqual({
      code: 1,
      output: [
        '~ Lamp: ~ name',
        '',
        'What is stored and not allowed any more:',
        `Lamp/${id}: name must have at most 3 characters, has 7 (accepted, it becomes null)`,
        '',
        'A worker of lights would be refused.',
        'To accept what is lost: accord migrate --accept, with the same folder.',
      ].join('\n'),
    });
    expect((await migrate('--remove', 'lights')).output).toContain(
      'there are objects of Lamp; delete those first',
    );

    expect(await migrate(folder, '--accept')).toMatchObject({ code: 0 });
    expect(await store.get({ model: 'Lamp', id })).toMatchObject({ declarative: { name: null }, version: 2 });
    await store.write({ name: 'a test' }, (tx) => tx.remove({ model: 'Lamp', id }, { orphan: true }));
    expect(await migrate('--remove', 'lights')).toEqual({ code: 0, output: 'lights was removed' });
    expect((await migrate('--plan', '--accept')).code).toBe(2);
  });
});
