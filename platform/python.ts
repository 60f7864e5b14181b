import { execa } from 'execa';
import { onPath } from './path.ts';

export interface Python {
  /** The interpreter itself, not a link or a version manager's stand-in for it. */
  file: string;
  version: readonly [major: number, minor: number, patch: number];
}

export const PYTHON_MISSING =
  'no Python 3.10 or later was found, and Ansible needs it: run apt-get install python3 python3-venv, ' +
  'or put ansible-playbook on PATH';

export const VENV_MISSING =
  'Python cannot make environments (its module ensurepip is missing): run apt-get install python3-venv, ' +
  'or put ansible-playbook on PATH';

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const TELL =
  'import sys; print(getattr(sys, "_base_executable", sys.executable), *sys.version_info[:3], sep="\\n")';

/** Find a Python for Ansible: the first from 3.11 on, else a 3.10. */
export async function findPython(): Promise<Python | undefined> {
  let older: Python | undefined;
  for (const name of NAMES) {
    const file = await onPath(name);
    const python = file === undefined ? undefined : await inspect(file);
    if (python === undefined) continue;
    if (python.version[1] >= 11) return python;
    if (python.version[1] === 10) older ??= python;
  }
  return older;
}

async function inspect(candidate: string): Promise<Python | undefined> {
  const { exitCode, stdout } = await execa(candidate, ['-c', TELL], { reject: false });
  if (exitCode !== 0) return undefined;
  const [file, major, minor, patch] = stdout.split('\n');
  if (file === undefined || Number(major) !== 3) return undefined;
  return { file, version: [Number(major), Number(minor), Number(patch)] };
}

/** Say whether it can make virtual environments; Debian ships that part separately. */
export async function hasVenv({ file }: Python): Promise<boolean> {
  const { exitCode } = await execa(file, ['-c', 'import ensurepip, venv'], { reject: false });
  return exitCode === 0;
}
