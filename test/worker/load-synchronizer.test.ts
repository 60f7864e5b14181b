import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import type { ConfigError } from '../../config.ts';
import { openDatabase } from '../../store/database.ts';
import { loadFolder, loadFolders } from '../../worker/load-folder.ts';
import { loadSynchronizer } from '../../worker/load-synchronizer.ts';
import { accord } from '../e2e/accord.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';

const DEFINE = JSON.stringify(fileURLToPath(new URL('../../define/index.ts', import.meta.url)));

/** Begins every module: what authors import, and steps of two models. */
const HEAD = `
import { ansibleStep, defineSynchronizer, instanceStep, policy, step, watcher } from ${DEFINE};
const methods = { syncRecord() {}, deleteRecord() {} };
const on = (name) => ({ name });
`;
const SOUND = {
  'accord.yaml': 'name: lights\n',
  'lights.xproto': `option app_label = "lights";
message Lamp (XOSBase) { required string name = 1 [max_length = 20]; }
message Desk (XOSBase) { optional manytoone lamp->Lamp:desks = 1; }
`,
  'synchronizer.ts': of(`steps: [step({ synchronizes: on('Lamp'), ...methods })]`),
};

/** A synchronizer.ts that defines this. */
function of(definition: string): string {
  return `${HEAD}export default defineSynchronizer({
    name: 'lights', models: new URL('./lights.xproto', import.meta.url), ${definition} });`;
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries({ ...SOUND, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Load such a folder. @returns what is wrong with it */
async function faultsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const folder = await folderWith(files);
  try {
    await loadFolder(folder, { environment: {} });
    return [];
  } catch (error) {
    if (error instanceof Error && 'faults' in error) {
      return (error.faults as string[]).map((fault) => fault.replaceAll(folder, '.'));
    }
    throw error;
  }
}

describe('a synchronizer’s folder', () => {
  test('that is sound loads', async () => {
    expect(await faultsOf({})).toEqual([]);
  });

  test.each<[string, string, string | RegExp]>([
    [
      'two steps for one model',
      `steps: [step({ synchronizes: on('Lamp'), ...methods }), step({ synchronizes: [on('Desk'), on('Lamp')], ...methods })]`,
      'two steps synchronize Lamp: a model has exactly one',
    ],
    [
      'a step for an unknown model',
      `steps: [step({ synchronizes: on('Lump'), ...methods })]`,
      'a step synchronizes Lump, which no xproto declares; did you mean Lamp?',
    ],
    [
      'a step that cannot delete',
      `steps: [step({ synchronizes: on('Lamp'), syncRecord() {} })]`,
      'the step of Lamp has no deleteRecord: what it makes could never be removed',
    ],
    [
      'a playbook step that cannot delete',
      `steps: [ansibleStep({ synchronizes: on('Lamp'), templateName: '../accord.yaml' })]`,
      'the step of Lamp has no deleteRecord: what it makes could never be removed',
    ],
    [
      'a resync without a pause',
      `steps: [step({ synchronizes: on('Lamp'), ...methods, resyncEveryMs: 0 })]`,
      'resyncEveryMs of the step of Lamp is 0: it must be a whole number of milliseconds above 0',
    ],
    [
      'a step that does nothing',
      `steps: [step({ synchronizes: on('Lamp'), deleteRecord() {} })]`,
      'the step of Lamp has no syncRecord',
    ],
    [
      'a playbook that is not there',
      `steps: [ansibleStep({ synchronizes: on('Lamp'), templateName: 'lamp.yaml', deleteRecord() {} })]`,
      'the step of Lamp names the playbook lamp.yaml, but there is no ./playbooks/lamp.yaml',
    ],
    [
      'an instance step whose model leads to no instance',
      `steps: [instanceStep({ synchronizes: on('Desk'), templateName: '../accord.yaml', deleteRecord() {}, instance: 'lamb' })]`,
      'the instance step of Desk runs on what lamb leads to, but Desk has no such link; did you mean lamp?',
    ],
    [
      'an instance step that records host keys nowhere',
      `steps: [instanceStep({ synchronizes: on('Desk'), templateName: '../accord.yaml', deleteRecord() {}, instance: 'lamp', trustOnFirstUse: 'host_key' })]`,
      'the instance step of Desk records host keys in host_key, but Desk has no such feedback field',
    ],
    [
      'two policies for one model',
      `policies: [policy({ model: on('Lamp'), handleCreate() {} }), policy({ model: on('Lamp'), handleDelete() {} })]`,
      'two policies answer for Lamp: a model has at most one',
    ],
  ])('with %s is refused in one sentence', async (_, definition, fault) => {
    expect(await faultsOf({ 'synchronizer.ts': of(definition) })).toEqual([fault]);
  });

  test('whose accord.yaml has another name is refused, naming both', async () => {
    expect(await faultsOf({ 'accord.yaml': 'name: lamps\n' })).toEqual([
      'accord.yaml calls it lamps, synchronizer.ts lights: they must agree',
    ]);
  });

  test('with faults in xproto shows each of them where it is, and says nothing of what follows', async () => {
    const faults = await faultsOf({
      'lights.xproto': `option app_label = "lights";
message Lamp (XOSBase) { required strong name = 1; optional manytoone desk->Disk:lamps = 2; }
`,
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^\.\/lights\.xproto:2:35 +error /);
    expect(faults[0]).toContain('strong');
    expect(faults[0]).toMatch(/\n\.\/lights\.xproto:2:\d+ +error [^\n]*Disk/);
    expect(faults[0]).toContain('^^^^');
  });

  test.each<[string, string, RegExp]>([
    ['exports no synchronizer', 'export default {};', /^synchronizer\.ts must have `export default /],
    ['exports nothing', '', /^synchronizer\.ts must have `export default /],
    // Its text is Node's, which does not load modules here: see the real worker below.
    ['is not TypeScript', 'export default {', /^synchronizer\.ts cannot be loaded: /],
    [
      'imports what is not there',
      `import './steps/lamp.ts';`,
      /^synchronizer\.ts cannot be loaded: [^]*Cannot find module '\.\/steps\/lamp\.ts'/,
    ],
  ])('whose synchronizer.ts %s is refused', async (_, text, fault) => {
    expect(await faultsOf({ 'synchronizer.ts': text })).toEqual([expect.stringMatching(fault)]);
  });

  test('without anything in it says what is missing', async () => {
    const folder = await temporaryFolder();
    await expect(loadFolder(folder)).rejects.toMatchObject({
      code: 'E_SYNCHRONIZER',
      faults: [
        expect.stringContaining('accord.yaml cannot be read'),
        'there is no synchronizer.ts in it; `accord new` makes a synchronizer',
      ],
    });
  });
});

describe('several folders', () => {
  test('have the faults of all of them told at once', async () => {
    const first = await folderWith({ 'accord.yaml': 'name: lamps\n' });
    const second = await folderWith({ 'accord.yaml': 'pretends: true\n' });
    const error: unknown = await loadFolders([first, await folderWith({}), second]).catch(
      (reason: unknown) => reason,
    );
    const said = (error as ConfigError).faults.join('\n');
    expect(said).toContain('accord.yaml calls it lamps, synchronizer.ts lights');
    expect(said).toContain('unknown key pretends; did you mean pretend?');
  });
});

test('what the environment says without a name is heeded in one folder, and in none of several', async () => {
  vi.stubEnv('ACCORD_DISABLED', 'perhaps');
  onTestFinished(() => void vi.unstubAllEnvs());
  const [first, second] = [await folderWith({}), await folderWith({})];
  await expect(loadFolders([first])).rejects.toThrow('ACCORD_DISABLED must be true or false');
  expect(await loadFolders([first, second])).toHaveLength(2);
});

test('watchers that give a degree watch what model-deps says in place of the links', async () => {
  const watching = (model: string): string =>
    `watcher({ synchronizes: on('${model}'), watchDegree: 1, handleWatchedObject() {} })`;
  const { watchers } = await loadSynchronizer(
    await folderWith({
      'model-deps.yaml': 'Lamp: [[Desk, desks, lamp]]\nDesk: []\n',
      'synchronizer.ts': of(`watchers: [${watching('Lamp')}, ${watching('Desk')}]`),
    }),
  );
  expect([...watchers.values()].map(({ name, watched }) => [name, watched])).toEqual([
    ['lights/watcher Lamp', [{ model: 'Desk', via: 'desks' }]],
  ]);
});

/** Each of these is wrong in a way of its own. */
const BROKEN = {
  'accord.yaml': 'name: lights\nlog_file: 7\npretends: true\n',
  'steps/a.ts': 'export const a = { ;\n',
  'steps/b.ts': `import { missing } from './nowhere.ts';\nexport const b = missing;\n`,
  'steps/c.ts': `throw new Error('no license');\n`,
  'steps/d.ts': `${HEAD}
export const one = ansibleStep({ synchronizes: on('Lamp'), templateName: 'lamp.yaml' });
export const two = instanceStep({ synchronizes: on('Lamp'), templateName: 'lamp.yaml', deleteRecord() {} });
export const three = step({ synchronizes: on('Disk'), ...methods });
`,
  'model-deps.yaml': 'Lamp: 7\n',
  'synchronizer.ts': `
import { a } from './steps/a.ts';
import { b } from './steps/b.ts';
import './steps/c.ts';
import { one, two, three } from './steps/d.ts';
${of('steps: [a, b, one, two, three]')}`,
};

describe('a worker for a folder that is wrong in many ways', () => {
  test('names every fault, starts nothing and ends with 2', { timeout: 120_000 }, async () => {
    const folder = await folderWith(BROKEN);
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress') };
    const { code, output } = await accord(['worker', folder], environment);
    expect(code).toBe(2);
    const said = [
      `accord: the synchronizer in ${folder} cannot be started:`,
      'log_file must be text, and not empty',
      'unknown key pretends; did you mean pretend?',
      'steps/a.ts cannot be loaded: ',
      'steps/b.ts cannot be loaded: ',
      `Cannot find module '${folder}/steps/nowhere.ts'`,
      'steps/c.ts cannot be loaded: Error: no license',
      'the step of Lamp has no deleteRecord',
      `but there is no ${folder}/playbooks/lamp.yaml`,
      'two steps synchronize Lamp: a model has exactly one',
      'the instance step of Lamp runs on what instance leads to, but Lamp has no such link',
      'a step synchronizes Disk, which no xproto declares; did you mean Desk?',
      'model-deps.yaml: ',
    ];
    expect(said.filter((one) => !output.includes(one))).toEqual([]);
    // The faults of a module are told once, not for each that imports it.
    expect(output).not.toContain('synchronizer.ts cannot be loaded');
    expect(output).not.toContain('node:internal');

    const tables = openDatabase(database.url, { connections: 1 });
    onTestFinished(() => tables.close());
    expect(
      await tables.query("select tablename from pg_tables where schemaname = 'public'"),
      'no table was made, so nothing was registered',
    ).toEqual([]);
  });

  test('whose accord.yaml alone is wrong says so alone', async () => {
    const folder = await folderWith({ 'accord.yaml': 'name: lights\npretend: perhaps\ndisabled: maybe\n' });
    const { code, output } = await accord(['worker', folder]);
    expect(code).toBe(2);
    expect(output.split('\n')).toEqual([
      expect.stringContaining('accord.yaml: disabled'),
      expect.stringContaining('accord.yaml: pretend'),
    ]);
  });
});
