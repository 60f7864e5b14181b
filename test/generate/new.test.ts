import { execa } from 'execa';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { errorsIn } from './compile.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ACCORD = join(ROOT, 'cli', 'accord.js');

const accord = async (cwd: string, ...args: string[]): Promise<{ code: number | undefined; all: string }> => {
  const { exitCode, all } = await execa(process.execPath, [ACCORD, ...args], {
    cwd,
    all: true,
    reject: false,
  });
  return { code: exitCode, all };
};

const typescriptIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

describe('accord new', () => {
  test.each([
    [['new', 'web'], { watcher: true, playbook: true, hybrid: false }],
    [['new', 'web', '--work-based', '--plain'], { watcher: false, playbook: false, hybrid: false }],
    [['new', 'web', '--hybrid'], { watcher: false, playbook: true, hybrid: true }],
    [['new', 'web', '--hybrid', '--plain'], { watcher: false, playbook: false, hybrid: true }],
    [['gen_workbased', 'web'], { watcher: false, playbook: true, hybrid: false }],
    [['gen_watcher', 'web'], { watcher: true, playbook: true, hybrid: false }],
  ])('makes a folder that compiles and has nothing to complain of: %j', async (args, expected) => {
    const parent = await temporaryFolder();
    expect((await accord(parent, ...args)).code).toBe(0);
    const folder = join(parent, 'web');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.includes(join('watchers', 'watch_webitem.ts'))).toBe(expected.watcher);
    expect(files.includes(join('playbooks', 'sync_webitem.yaml'))).toBe(expected.playbook);
    const step = await readFile(join(folder, 'steps/sync_webitem.ts'), 'utf8');
    expect(step.includes('handleWatchedObject')).toBe(expected.hybrid);
    expect(errorsIn(typescriptIn(folder).map((file) => join(folder, file)))).toEqual([]);

    expect((await accord(folder, 'generate', '--check', '.')).code).toBe(0);
    expect(await accord(folder, 'check', '--strict', '.')).toMatchObject({ code: 0 });
  });

  test('refuses what cannot be a name, and a folder that is there already, with exit code 2', async () => {
    const parent = await temporaryFolder();
    for (const name of ['9lives', '../up', 'two words', 'a/b', '']) {
      const { code, all } = await accord(parent, 'new', '--plain', '--', name);
      expect([code, all]).toEqual([2, expect.stringContaining('cannot name a synchronizer')]);
    }
    await mkdir(join(parent, 'web'));
    expect(await accord(parent, 'new', 'web')).toMatchObject({
      code: 2,
      all: expect.stringContaining('is there already') as string,
    });
    expect(readdirSync(parent)).toEqual(['web']);
  });

  test('makes steps that stand what production does to them', async () => {
    const parent = await temporaryFolder();
    await accord(parent, 'new', 'web', '--plain', '--work-based');
    const folder = join(parent, 'web');
    // The package under its name, as TypeScript that this Node runs.
    await mkdir(join(folder, 'node_modules/@accord-sync'), { recursive: true });
    const door = join(folder, 'node_modules/@accord-sync/accord');
    await mkdir(door);
    await symlink(ROOT, join(door, 'sources'));
    const exported = { '.': './door.js' };
    await writeFile(join(door, 'package.json'), JSON.stringify({ type: 'module', exports: exported }));
    await writeFile(join(door, 'door.js'), `export * from ${JSON.stringify(join(ROOT, 'define/index.ts'))};`);
    const { code, all } = await accord(folder, 'test', '.');
    expect(all).toContain('7 checks, 0 failed');
    expect(code).toBe(0);
  });
});
