import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached, cacheFolder, discardCached, findCached } from './cache.ts';
import { PlatformError } from './error.ts';
import { onPath } from './path.ts';
import { runProcess } from './process.ts';
import type { Progress } from './progress.ts';
import { findPython, hasVenv, PYTHON_MISSING, VENV_MISSING } from './python.ts';
import type { Python } from './python.ts';

const OLDEST = [2, 16] as const;
/** What is installed: the newest series that runs on the Python there is, and all that it depends on, with digests. */
const REQUIREMENTS = fileURLToPath(new URL('./ansible-requirements.txt', import.meta.url));

export interface Ansible {
  /** The command `ansible-playbook`. */
  playbook: string;
  /** The Python that it runs on, and that has its modules. */
  python: string;
  /** Of ansible-core. */
  version: string;
  from: 'PATH' | 'cache';
}

/** Ansible refuses to start without a UTF-8 locale. */
export const ANSIBLE_ENVIRONMENT = { LC_ALL: 'C.UTF-8' };

/** Find `ansible-playbook`: on PATH when it is new enough, else the one that was installed here once. */
export async function findAnsible(): Promise<Ansible | undefined> {
  const installed = await onPath('ansible-playbook');
  const found = installed === undefined ? undefined : await inspect(installed, 'PATH');
  if (found !== undefined && isRecent(found.version)) return found;
  const python = await findPython();
  const folder = python === undefined ? undefined : await findCached(await cacheName(python));
  return folder === undefined ? undefined : inspect(playbookIn(folder), 'cache');
}

/** Find `ansible-playbook`, or install a pinned ansible-core in a Python environment of its own. */
export async function provideAnsible(onProgress: Progress): Promise<Ansible> {
  const found = await findAnsible();
  if (found !== undefined) return found;
  const python = await findPython();
  if (python === undefined) throw new PlatformError('E_PYTHON', PYTHON_MISSING);
  if (!(await hasVenv(python))) throw new PlatformError('E_PYTHON', VENV_MISSING);

  const name = await cacheName(python);
  // It was not found, so what is there does not run any more: its Python was removed, for example.
  await discardCached(name);
  const folder = await cached(
    name,
    (target) => install(python, target, onProgress),
    (lock) => onProgress(`waiting for another process that installs Ansible (${lock})`),
  );
  const built = await inspect(playbookIn(folder), 'cache');
  if (built === undefined)
    throw new PlatformError('E_ANSIBLE', `${playbookIn(folder)} was installed but does not run`);
  return built;
}

async function inspect(playbook: string, from: Ansible['from']): Promise<Ansible | undefined> {
  const result = await execa(playbook, ['--version'], { env: ANSIBLE_ENVIRONMENT, reject: false, cwd: '/' });
  if (result.exitCode !== 0) return undefined;
  const version = /\[core ([\d.]+)/.exec(result.stdout)?.[1];
  // «python version = 3.11.7 (main, …) [GCC …] (/path/to/python)»
  const python = /python version = .*\((\/[^)]+)\)\s*$/m.exec(result.stdout)?.[1];
  return version === undefined || python === undefined ? undefined : { playbook, python, version, from };
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** An environment belongs to the very Python that made it, and to what was installed into it. */
async function cacheName(python: Python): Promise<string> {
  const owner = createHash('sha256')
    .update(`${python.file} ${python.version.join('.')}\n`)
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  return `ansible-core-${owner.slice(0, 12)}`;
}

function playbookIn(folder: string): string {
  return join(folder, 'bin', 'ansible-playbook');
}

async function install(python: Python, target: string, onProgress: Progress): Promise<void> {
  const began = Date.now();
  onProgress(`installing Ansible once, because there is no ansible-playbook (kept in ${cacheFolder()})`);
  await run(python.file, ['-m', 'venv', target]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
  await run(join(target, 'bin', 'python'), [...pip, '--require-hashes', '--requirement', REQUIREMENTS]);
  onProgress(`installed Ansible in ${Math.round((Date.now() - began) / 1000)} s`);
}

async function run(file: string, args: string[]): Promise<void> {
  const env = {
    ...process.env,
    ...ANSIBLE_ENVIRONMENT,
    PIP_USER: '0',
    PYTHONHOME: undefined,
    PYTHONPATH: undefined,
  };
  const { exit, output } = await runProcess(file, args, { env });
  if (exit.code === 0) return;
  const reason = output.trim().split('\n').slice(-6).join('\n');
  throw new PlatformError(
    'E_ANSIBLE',
    `installing Ansible failed; put ansible-playbook ${OLDEST.join('.')} or later on PATH, ` +
      `or see what ${file} ${args.join(' ')} says:\n${reason}`,
  );
}
