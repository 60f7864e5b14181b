import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadFolder } from '../../worker/load-folder.ts';
import type { LoadedSynchronizer } from '../../worker/load-synchronizer.ts';
import { temporaryFolder } from '../support/folder.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));
const head = `import { defineSynchronizer, modelLink, policy, step, watcher } from ${DEFINE};
const methods = { syncRecord() {}, deleteRecord() {} };\n`;
const stepOf = (model: string): string =>
  `${head}export const s = step({ synchronizes: { name: '${model}' }, ...methods });`;
const main = (lists: string): string => `${head}export default defineSynchronizer({
  name: 'lights', models: new URL('./lights.xproto', import.meta.url), ${lists} });`;

async function load(files: Readonly<Record<string, string>>): Promise<LoadedSynchronizer> {
  const folder = await temporaryFolder();
  const all = {
    'accord.yaml': 'name: lights\n',
    'lights.xproto': `option app_label = "lights";
      message Lamp (XOSBase) { required bool on = 1; }
      message Desk (XOSBase) { optional manytoone lamp->Lamp:desks = 1; }`,
    'synchronizer.ts': main(''),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return (await loadFolder(folder, { environment: {} })).synchronizer;
}

describe('what synchronizer.ts does not list', () => {
  test('is what the modules of its folders export', async () => {
    const { steps, policies, watchers } = await load({
      'steps/lamp.ts': stepOf('Lamp'),
      'steps/lamp.test.ts': 'throw new Error("a test is no step")',
      'steps/watch.ts': `${head}export const w = watcher({ synchronizes: { name: 'Desk' },
        watched: [modelLink({ name: 'Lamp' }, { via: 'lamp' })], handleWatchedObject() {} });`,
      'policies/desk.ts': `${head}export const p = policy({ model: { name: 'Desk' }, handleCreate() {} });`,
    });
    expect([[...steps.keys()], [...policies.keys()], watchers.size]).toEqual([['Lamp'], ['Desk'], 1]);
  });

  test('may lie in folders that accord.yaml names', async () => {
    const { steps } = await load({
      'accord.yaml': 'name: lights\nobserver_steps_dir: actuators\n',
      'actuators/lamp.ts': stepOf('Lamp'),
      'steps/desk.ts': stepOf('Desk'),
    });
    expect([...steps.keys()]).toEqual(['Lamp']);
  });

  test('is not loaded where there is a list, even an empty one', async () => {
    const { steps } = await load({ 'synchronizer.ts': main('steps: []'), 'steps/lamp.ts': stepOf('Lamp') });
    expect(steps.size).toBe(0);
  });

  test('is told with all the others when it is broken', async () => {
    await expect(
      load({ 'steps/a.ts': 'export const = 1;', 'policies/b.ts': "import './absent.ts';" }),
    ).rejects.toThrow(/policies\/b\.ts cannot be loaded[^]*steps\/a\.ts cannot be loaded/);
  });
});
