import { execa } from 'execa';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadFolder } from '../../worker/load-folder.ts';
import { temporaryFolder } from '../support/folder.ts';
import { installDoor } from '../support/package-door.ts';
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
    [['new', 'web', '--hybrid'], { watcher: true, playbook: true, hybrid: true }],
    [['new', 'web', '--hybrid', '--plain'], { watcher: true, playbook: false, hybrid: true }],
    [['gen_workbased', 'web'], { watcher: false, playbook: true, hybrid: false }],
    [['gen_watcher', 'web'], { watcher: true, playbook: true, hybrid: false }],
  ])('makes a folder that compiles and has nothing to complain of: %j', async (args, expected) => {
    const parent = await temporaryFolder();
    expect((await accord(parent, ...args)).code).toBe(0);
    const folder = join(parent, 'web');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.includes(join('watchers', 'watch_webitem.ts'))).toBe(expected.watcher);
    expect(files.includes(join('playbooks', 'sync_webitem.yaml'))).toBe(expected.playbook);
    // Its scripts find a Node that is new enough, whatever the system has.
    const { devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    expect(devDependencies['node']).toBe('24');
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
    await installDoor(folder);
    const { code, all } = await accord(folder, 'test', '.');
    expect(all).toContain('8 checks, 0 failed');
    expect(code).toBe(0);
  });

  test('loads a hybrid as a step that is a watcher, too', async () => {
    const parent = await temporaryFolder();
    await accord(parent, 'new', 'web', '--plain', '--hybrid');
    const folder = join(parent, 'web');
    await installDoor(folder);
    const { synchronizer } = await loadFolder(folder, { environment: {} });
    expect([...synchronizer.steps.keys()]).toEqual(['WebItem']);
    expect([...synchronizer.watchers.values()].map(({ name, synchronizes }) => [name, synchronizes])).toEqual(
      [['web/step WebItem', ['WebItem']]],
    );
  });

  test('makes playbooks that stand it, too, and accord test finds one that does not', async () => {
    const parent = await temporaryFolder();
    await accord(parent, 'new', 'web', '--ansible', '--work-based');
    const folder = join(parent, 'web');
    await installDoor(folder);
    const good = await accord(folder, 'test', '.');
    expect(good.all).toContain('8 checks, 0 failed');
    expect(good.code).toBe(0);

    // Each run makes one more.
    const role = join(folder, 'playbooks/roles/create_webitem/tasks/main.yaml');
    const text = await readFile(role, 'utf8');
    await writeFile(role, text.replaceAll('.json', '-{{ now().timestamp() }}.json'));
    const bad = await accord(folder, 'test', '.', '--json');
    expect(bad.code).toBe(1);
    const findings = JSON.parse(bad.all.slice(bad.all.indexOf('['))) as { check: string; verdict: string }[];
    expect(findings.filter(({ verdict }) => verdict === 'failed').map(({ check }) => check)).toContain(
      'runs twice',
    );
    // Some fifteen runs of Ansible.
  }, 1_200_000);
});
