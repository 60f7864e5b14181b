import { lstat, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ref } from '../model/definition.ts';

/** Name the folder that holds what this machine's last attempt on an object ran. */
export function sysEntry(sysDir: string, app: string, { model, id }: Ref): string {
  for (const name of [app, model]) {
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) throw new TypeError(`«${name}» is no name for a folder`);
  }
  if (!Number.isSafeInteger(id) || id < 0) throw new TypeError(`${id} is no id`);
  return join(sysDir, app, `${model}_${id}`);
}

/** The folder within an entry that stands for the author's. */
export const PLAYBOOKS = 'playbooks';

/** What an entry is written from. */
export interface SysEntry {
  /** The author's playbook, and its text as it is run. What lies beside it is linked to: roles, files, group_vars. */
  readonly playbook: string;
  readonly text: string;
  /** Name → text. Readable by the owner only. */
  readonly files: Readonly<Record<string, string>>;
  /** The text of `./run`. */
  readonly run: string;
}

/**
 * Write an entry in place of the one that is there.
 *
 * It is made beside it and renamed, so that nobody meets half of one. No link is ever followed: whoever may write to
 * the folder could otherwise have us overwrite a file of their choice.
 */
export async function writeSysEntry(entry: string, { playbook, text, files, run }: SysEntry): Promise<void> {
  const parent = dirname(entry);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  if (!(await lstat(parent)).isDirectory()) throw new Error(`${parent} is not a folder`);
  const fresh = join(parent, `.${basename(entry)}.new`);
  const old = join(parent, `.${basename(entry)}.old`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await placePlaybook(playbook, text, join(fresh, PLAYBOOKS));
  for (const [name, text] of Object.entries(files)) await writeNew(join(fresh, name), text, 0o600);
  await writeNew(join(fresh, 'run'), run, 0o700);

  await rm(old, { recursive: true, force: true });
  await rename(entry, old).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(fresh, entry);
  await rm(old, { recursive: true, force: true });
}

async function placePlaybook(playbook: string, text: string, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  await writeNew(join(folder, basename(playbook)), text, 0o600);
  const source = dirname(playbook);
  for (const name of await readdir(source)) {
    if (name !== basename(playbook)) await symlink(join(source, name), join(folder, name));
  }
}

/** `wx` refuses what exists already, links included. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode });
}
