import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { retireSysEntry, sysEntry, tidySysDir, writeSysEntry } from '../../backend/sys-dir.ts';
import { createBench, play, type Bench } from './playbooks.ts';

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

describe('an entry of sys_dir', () => {
  test('lies under the application and is called after model and id', () => {
    expect(sysEntry('/sys', 'exampleservice', { model: 'Color', id: 3 })).toBe('/sys/exampleservice/Color_3');
    expect(() => sysEntry('/sys', '../etc', { model: 'Color', id: 3 })).toThrow('no name for a folder');
    expect(() => sysEntry('/sys', 'a', { model: 'Color/../..', id: 3 })).toThrow('no name for a folder');
    expect(() => sysEntry('/sys', 'a', { model: 'Color', id: 1.5 })).toThrow('no id');
  });

  test('holds what was run and what came of it, for its owner only', async () => {
    const bench = await createBench();
    await bench.write('roles/none/tasks/main.yaml', '[]\n');
    await bench.run(play('- debug: {msg: "{{ word }}"}'), {
      variables: { word: 'hello' },
      attempt: { worker: 'w1', attempt: 3 },
    });
    const names = await readdir(bench.runDir);
    expect(names.sort()).toEqual(
      'attempt.json delete.json events.jsonl inventory.json output.txt playbooks result.json run templates values.json variables.json'.split(
        ' ',
      ),
    );
    for (const name of names) {
      expect((await stat(join(bench.runDir, name))).mode & 0o077, name).toBe(0);
    }
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(bench.runDir, name), 'utf8')) as unknown;
    expect(await read('attempt.json')).toMatchObject({ worker: 'w1', attempt: 3 });
    expect(await read('result.json')).toMatchObject({
      status: 'ok',
      recap: expect.stringMatching(/^localhost : ok=1/) as string,
    });
    expect(await readFile(join(bench.runDir, 'output.txt'), 'utf8')).toContain('hello');
    expect(await readlink(join(bench.runDir, 'playbooks', 'roles'))).toBe(
      join(bench.folder, 'playbooks', 'roles'),
    );
  });

  test('is replaced by the next attempt as a whole', async () => {
    const bench = await createBench();
    await bench.run(play('- debug: {msg: one}'));
    await writeFile(join(bench.runDir, 'left'), '');
    await bench.fail(play('- fail: {msg: two}'));
    expect(await exists(join(bench.runDir, 'left'))).toBe(false);
    expect(await readFile(join(bench.runDir, 'result.json'), 'utf8')).toContain('E_PLAYBOOK_FAILED');
    expect(await readdir(join(bench.runDir, '..'))).toEqual(['Thing_1']);
  });

  test('is never written through a link', async () => {
    const bench = await createBench();
    const victim = join(bench.folder, 'victim');
    await mkdir(victim);
    await writeFile(join(victim, 'run'), 'precious');
    const entry = { texts: new Map<string, string>(), files: { a: 'b' }, run: 'x' };

    // In place of the entry, and of what it is made under.
    const parent = join(bench.folder, 'sys', 'app');
    await mkdir(parent, { recursive: true });
    for (const name of ['Thing_1', '.Thing_1.new', '.Thing_1.old']) await symlink(victim, join(parent, name));
    await writeSysEntry(join(parent, 'Thing_1'), entry);
    expect(await readFile(join(victim, 'run'), 'utf8')).toBe('precious');
    expect((await lstat(join(parent, 'Thing_1'))).isDirectory()).toBe(true);

    // In place of its folder.
    await rm(parent, { recursive: true });
    await symlink(victim, parent);
    await expect(writeSysEntry(join(parent, 'Thing_1'), entry)).rejects.toThrow('is not a folder');
    expect(await readdir(victim)).toEqual(['run']);
  });

  test('goes with its object, or is kept for a while', async () => {
    const bench = await createBench();
    const parent = join(bench.folder, 'sys', 'app');
    const entry = join(parent, 'Thing_1');
    const content = { texts: new Map<string, string>(), files: {}, run: 'x' };
    const hasGone = async (...gone: number[]): Promise<string[]> => {
      await tidySysDir(
        join(bench.folder, 'sys'),
        60_000,
        async (ids) => new Set(ids.filter((id) => gone.includes(id))),
      );
      return (await readdir(parent)).sort();
    };
    await writeSysEntry(entry, content);
    await writeSysEntry(join(parent, 'Thing_2'), content);
    expect(await hasGone()).toEqual(['Thing_1', 'Thing_2']);
    expect(await hasGone(1)).toEqual(['Thing_1.deleted', 'Thing_2']);
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(join(parent, 'Thing_1.deleted'), yesterday, yesterday);
    expect(await hasGone(1)).toEqual(['Thing_2']);

    await writeSysEntry(entry, content);
    await retireSysEntry(entry);
    expect(await exists(entry)).toBe(false);
    await retireSysEntry(entry, 60_000);
    expect(await hasGone()).toEqual(['Thing_2']);
  });

  test('that is none of ours is left alone', async () => {
    const bench = await createBench();
    const sys = join(bench.folder, 'sys');
    await mkdir(join(sys, 'app', 'notes'), { recursive: true });
    await mkdir(join(bench.folder, 'elsewhere', 'Thing_1'), { recursive: true });
    await symlink(join(bench.folder, 'elsewhere'), join(sys, 'other'));
    await symlink(join(bench.folder, 'elsewhere', 'Thing_1'), join(sys, 'app', 'Thing_1'));
    await tidySysDir(sys, 0, async (ids) => new Set(ids));
    expect((await readdir(join(sys, 'app'))).sort()).toEqual(['Thing_1', 'notes']);
    expect(await exists(join(bench.folder, 'elsewhere', 'Thing_1'))).toBe(true);
  });
});

describe('./run', { timeout: 300_000 }, () => {
  const byHand = async (bench: Bench, ...options: string[]): Promise<{ code: number; output: string }> => {
    const { exitCode, all } = await execa(join(bench.runDir, 'run'), options, {
      all: true,
      reject: false,
      // Nothing of our environment, from another folder.
      extendEnv: false,
      env: { PATH: '/usr/bin:/bin' },
      cwd: '/',
    });
    return { code: exitCode ?? -1, output: all };
  };

  const PLAIN = (target: string): string =>
    play(`
- {copy: {content: "{{ word }}", dest: ${target}}, when: not delete | default(false)}
- {file: {path: ${target}, state: absent}, when: delete | default(false)}`);
  const TEMPLATED = (target: string): string => `- hosts: localhost
  gather_facts: false
  tasks:
{% if delete is defined %}
    - file: {path: ${target}, state: absent}
{% else %}
    - copy: {content: {{ word }}, dest: ${target}}
{% endif %}
`;

  test.for([
    ['plain', PLAIN],
    ['templated', TEMPLATED],
  ] as const)('repeats by hand what was run, of a %s playbook', async ([, text]) => {
    const bench = await createBench();
    const target = join(bench.folder, 'target');
    const word = `{{ 7 * 7 }} it's "quoted"\n- x: y`;
    const deletion = join(bench.folder, 'playbooks', 'playbook.yaml');
    await bench.run(text(target), { variables: { word }, deletion });
    expect(await readFile(target, 'utf8')).toBe(word);

    await writeFile(target, 'drifted\n');
    const checked = await byHand(bench, '--check', '--diff');
    expect(checked).toMatchObject({ code: 0, output: expect.stringContaining('-drifted') as string });
    expect(await readFile(target, 'utf8')).toBe('drifted\n');

    expect(await byHand(bench)).toMatchObject({
      code: 0,
      output: expect.stringContaining('changed=1') as string,
    });
    expect(await readFile(target, 'utf8')).toBe(word);

    expect(await byHand(bench, '--delete')).toMatchObject({ code: 0 });
    expect(await exists(target)).toBe(false);

    expect(await byHand(bench)).toMatchObject({ code: 0 });
    expect(await readFile(target, 'utf8')).toBe(word);
  });

  test('fails as the attempt did', async () => {
    const bench = await createBench();
    const error = await bench.fail(play('- {name: refuse, command: sh -c "exit 3"}'));
    expect(error.exitCode).toBe(2);
    expect(await byHand(bench)).toMatchObject({
      code: 2,
      output: expect.stringContaining('TASK [refuse]') as string,
    });
  });

  test('says so when no playbook deletes the object', async () => {
    const bench = await createBench();
    await bench.run(play('- debug: {}'));
    expect(await byHand(bench, '--delete')).toEqual({ code: 2, output: 'No playbook deletes this object.' });
  });
});
