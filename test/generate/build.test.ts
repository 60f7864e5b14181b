import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import { sourcesOf } from '../../generate/build/sources.ts';
import { startProcess } from '../../platform/process.ts';
import { MANIFEST } from '../../worker/build-manifest.ts';
import { loadFolder } from '../../worker/load-folder.ts';
import { registrationOf } from '../../worker/registration.ts';
import { accord } from '../cli/recorder.ts';
import { startAccord } from '../e2e/accord.ts';
import { addressIn, watch } from '../e2e/installation.ts';
import { openPostOffice } from '../e2e/post-office.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const EXAMPLE = at('../../synchronizers/exampleservice');
const PARCELS = at('../e2e/parcels');
const PATIENCE_MS = 180_000;

const buildOf = async (folder: string): Promise<string> => {
  const out = join(await temporaryFolder(), 'out');
  const { exitCode, stdout, stderr } = await accord(['build', folder, '--output', out]);
  expect([exitCode, stderr, stdout]).toEqual([0, '', expect.stringContaining('is built')]);
  return out;
};

/** By their paths, without what Node keeps there of its own. */
async function textsIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.map(async (file) => [relative(folder, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries((await Promise.all(pairs)).filter(([path]) => !path.startsWith('.cache')));
}

describe('accord build', () => {
  test(
    'makes a folder whose main.js synchronizes objects, without xproto and TypeScript',
    async () => {
      const out = await buildOf(PARCELS);
      const files = Object.keys(await textsIn(out));
      expect(files.toSorted()).toEqual([
        'accord.build.json',
        'accord.yaml',
        'main.js',
        'package.json',
        'synchronizer.js',
        'workflows.cjs',
      ]);
      const [office, temporal, database] = await Promise.all([
        openPostOffice(),
        createNamespace(),
        createTestDatabase(),
      ]);
      const environment = {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        PARCELS_BACKEND: office.url,
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        ACCORD_BIND: '127.0.0.1:0',
      };
      const server = await startAccord(['server'], environment);
      const lines: string[] = [];
      const worker = await startProcess(process.execPath, [join(out, 'main.js')], {
        env: environment,
        onLine: (line) => lines.push(line),
      });
      try {
        const client = createClient({ server: addressIn(await server.said(/server is ready/)) });
        await waitFor(
          'the built worker to be ready',
          () => lines.find((line) => line.includes('worker is ready')),
          () => lines,
          90_000,
        );
        const { untilSynced, untilGone } = watch(client);
        const ref = { model: 'Parcel', id: (await client.create('Parcel', { name: 'vase' })).id };
        await untilSynced(ref);
        expect(office.calls.map(({ method, name, pid }) => [method, name, pid])).toEqual([
          ['PUT', 'vase', worker.pid],
          ['POST', 'vase', worker.pid],
        ]);
        await client.remove(ref);
        await untilGone(ref);
      } finally {
        await Promise.all([worker.stop(), server.stop()]);
        await Promise.all([office.close(), temporal.close(), database.drop()]);
      }
    },
    PATIENCE_MS,
  );

  test(
    'fixes what the sources say: the same is registered, and the same built twice',
    async () => {
      const out = await buildOf(EXAMPLE);
      const registered = async (folder: string): Promise<unknown> => {
        const { settings, synchronizer } = await loadFolder(folder, { environment: {} });
        return registrationOf(synchronizer, settings);
      };
      expect(await registered(out)).toEqual(await registered(EXAMPLE));
      const texts = await textsIn(out);
      expect(Object.keys(texts).filter((path) => /\.(?:xproto|ts)$|^model-deps/.test(path))).toEqual([]);
      expect(Object.keys(texts)).toContain('playbooks/sync_exampleserviceinstance.yaml');

      // The folder may be a mount, or belong to who may make none beside it, as in the image: it stays the one that it is.
      const { ino } = await stat(out);
      await writeFile(join(out, 'left.js'), '');
      expect((await accord(['build', EXAMPLE, '--output', out])).exitCode).toBe(0);
      expect(await textsIn(out)).toEqual(texts);
      expect((await stat(out)).ino).toBe(ino);
    },
    PATIENCE_MS,
  );
});

const DEFINE = JSON.stringify(at('../../define/index.ts'));
const LAMPS = {
  'accord.yaml': 'name: lamps\n',
  'package.json': '{ "type": "module" }',
  'lamps.xproto': 'option app_label = "lamps"; message Lamp (XOSBase) { required bool on = 1; }',
  'synchronizer.ts': `import { defineSynchronizer } from ${DEFINE};
    export default defineSynchronizer({ name: 'lamps', models: new URL('./lamps.xproto', import.meta.url) });`,
  'steps/lamp.ts': `import { step } from ${DEFINE};
    import { done } from '../lib/done.ts';
    import type { Nothing } from '../../elsewhere.ts';
    export const text = "import '../lib/done.ts'";
    export const lamp = step({ synchronizes: { name: 'Lamp' }, syncRecord() { done(); }, deleteRecord() {} });`,
  'lib/done.ts': 'export function done(): void {}',
};

async function lamps(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, text] of Object.entries({ ...LAMPS, ...more })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

test('what is built looks for nothing, and is refused by another version of Accord', async () => {
  const folder = await lamps();
  const out = join(folder, 'dist');
  // Without the package installed, its main.js cannot run: that is told, and the files are there.
  const { exitCode, stderr } = await accord(['build', folder]);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/cannot be loaded[^]*@accord-sync\/accord/)]);

  const text = await readFile(join(out, 'steps/lamp.js'), 'utf8');
  expect(text).toContain("from '../lib/done.js'");
  expect(text).toContain(`"import '../lib/done.ts'"`);
  expect(text).not.toContain('elsewhere');

  await writeFile(join(out, 'steps/later.js'), 'throw new Error("was looked for");');
  const { synchronizer } = await loadFolder(out, { environment: {} });
  expect([...synchronizer.steps.keys()]).toEqual(['Lamp']);

  const manifest = JSON.parse(await readFile(join(out, MANIFEST), 'utf8')) as object;
  await writeFile(join(out, MANIFEST), JSON.stringify({ ...manifest, accord: '0.0.9' }));
  await expect(loadFolder(out, { environment: {} })).rejects.toThrow(
    /it was built with Accord 0\.0\.9, and this is .*: build it again/,
  );
});

test('what is hidden goes into no build, however deep it is', async () => {
  const shown = ['playbooks/roles/wire/files/test/key.ts', 'playbooks/sync_lamp.yaml', 'templates/a.j2'];
  const hidden = ['.env', 'playbooks/.vault_pass', 'playbooks/roles/.git/config', 'templates/.ssh/id'];
  const folder = await lamps(Object.fromEntries([...shown, ...hidden].map((path) => [path, ''])));
  const { files } = await sourcesOf(folder, join(folder, 'dist'));
  expect(files.toSorted()).toEqual(['accord.yaml', ...shown]);
});

describe('accord build refuses', () => {
  const refusal = async (dir: string, ...more: string[]): Promise<string> => {
    const { exitCode, stderr } = await accord(['build', dir, ...more]);
    expect(exitCode).toBe(2);
    return stderr;
  };

  test('a folder that is no synchronizer, and one with faults, all of them at once', async () => {
    expect(await refusal(await temporaryFolder())).toContain('accord.yaml cannot be read');
    const faulty = await lamps({
      'lamps.xproto':
        'option app_label = "lamps"; message Lamp (XOSBase) { required bool on = 1; } message {',
      'policies/bad.ts': "throw new Error('broken on purpose');",
    });
    const said = await refusal(faulty);
    expect(said).toContain('lamps.xproto:1:');
    expect(said).toContain('broken on purpose');
  });

  test('imports from outside of the folder, and leaves what is there', async () => {
    const parent = await temporaryFolder();
    const own = join(parent, 'own');
    await cp(await lamps({ 'lib/more.ts': "import '../../further.ts';" }), own, { recursive: true });
    await writeFile(join(parent, 'further.ts'), '');
    expect(await refusal(own)).toContain(
      'lib/more.ts imports ../../further.ts, which is outside of the folder',
    );
    expect(await readdir(own)).not.toContain('dist');
  });

  test('to write over what no build has written', async () => {
    const folder = await lamps();
    const mine = join(folder, 'mine');
    await mkdir(mine);
    await writeFile(join(mine, 'letter.txt'), 'kept');
    expect(await refusal(folder, '--output', mine)).toContain('it holds what no build has written');
    expect(await readFile(join(mine, 'letter.txt'), 'utf8')).toBe('kept');
    expect(await refusal(folder, '--output', folder)).toContain('it holds what no build has written');
  });
});
