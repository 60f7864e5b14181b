import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ANSIBLE_ENVIRONMENT, findAnsible, provideAnsible } from '../../platform/ansible.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('Ansible', () => {
  test('is there after it was provided, with its modules in its Python', { timeout: 300_000 }, async () => {
    const { playbook, python, version } = await provideAnsible(() => undefined);
    const printed = await execa(playbook, ['--version'], { env: ANSIBLE_ENVIRONMENT });
    expect(printed.stdout).toContain(`[core ${version}]`);
    const imported = await execa(python, ['-c', 'import ansible.release as r; print(r.__version__)']);
    expect(imported.stdout).toBe(version);
  });

  test('is installed with all that it depends on in one version, by digest, from wherever pip looks', async () => {
    const file = new URL('../../platform/ansible-requirements.txt', import.meta.url);
    const lines = (await readFile(file, 'utf8')).replaceAll('\\\n', ' ').trim().split('\n');
    const requirements = lines.filter((line) => !line.startsWith('#'));
    expect(requirements.length).toBeGreaterThan(5);
    for (const line of requirements)
      expect(line).toMatch(/^[a-z\d-]+==[\d.]+ (?:; [^#]+? )?(?: +--hash=sha256:[0-9a-f]{64})+$/);
    expect(lines.join('\n')).not.toContain('://');
  });
});

describe('with a PATH of its own', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    vi.stubEnv('PATH', join(folder, 'bin'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => void vi.unstubAllEnvs());

  const command = (name: string, body: string): Promise<void> =>
    writeFile(join(folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const ansibleOf = (version: string): Promise<void> =>
    command(
      'ansible-playbook',
      `echo 'ansible-playbook [core ${version}]'; echo '  python version = 3.11.2 (main) [GCC 12] (/usr/bin/python3)'`,
    );

  test('an Ansible from 2.16 on is taken from there', async () => {
    await ansibleOf('2.16.3');
    expect(await findAnsible()).toEqual({
      playbook: join(folder, 'bin', 'ansible-playbook'),
      python: '/usr/bin/python3',
      version: '2.16.3',
      from: 'PATH',
    });
  });

  test('an older one counts as none', async () => {
    await ansibleOf('2.9.27');
    expect(await findAnsible()).toBeUndefined();
  });

  test('no Python is said in a sentence, with what to do', async () => {
    const provided = provideAnsible(() => undefined);
    await expect(provided).rejects.toThrow(
      /no Python 3\.10 or later was found.*: run apt-get install python3/,
    );
  });

  test('a Python too old for any Ansible counts as none', async () => {
    await command('python3', "printf '/usr/bin/python3\\n3\\n9\\n1\\n'");
    await expect(provideAnsible(() => undefined)).rejects.toThrow('no Python 3.10 or later');
  });

  test('a Python without ensurepip is said in a sentence, with what to do', async () => {
    const python = join(folder, 'bin', 'python3');
    await command('python3', `case "$2" in *ensurepip*) exit 1;; esac; printf '${python}\\n3\\n11\\n2\\n'`);
    const provided = provideAnsible(() => undefined);
    await expect(provided).rejects.toThrow(/ensurepip is missing.*run apt-get install python3-venv/);
  });
});
