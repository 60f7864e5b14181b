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
/** The author's texts, of which those in `playbooks` may have been rendered. */
export const TEMPLATES = 'templates';

/** What an entry is written from. */
export interface SysEntry {
  /** The author's playbooks, of one folder, with their texts. What lies beside them is linked to: roles, files, … */
  readonly texts: ReadonlyMap<string, string>;
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
export async function writeSysEntry(entry: string, { texts, files, run }: SysEntry): Promise<void> {
  const parent = dirname(entry);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  if (!(await lstat(parent)).isDirectory()) throw new Error(`${parent} is not a folder`);
  const fresh = join(parent, `.${basename(entry)}.new`);
  const old = join(parent, `.${basename(entry)}.old`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  await placePlaybooks(texts, fresh);
  for (const [name, text] of Object.entries(files)) await writeNew(join(fresh, name), text, 0o600);
  await writeNew(join(fresh, 'run'), run, 0o700);

  await rm(old, { recursive: true, force: true });
  await rename(entry, old).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rename(fresh, entry);
  await rm(old, { recursive: true, force: true });
}

async function placePlaybooks(texts: ReadonlyMap<string, string>, entry: string): Promise<void> {
  await mkdir(join(entry, TEMPLATES), { mode: 0o700 });
  await mkdir(join(entry, PLAYBOOKS), { mode: 0o700 });
  for (const [file, text] of texts) {
    await writeNew(join(entry, TEMPLATES, basename(file)), text, 0o600);
    await writeNew(join(entry, PLAYBOOKS, basename(file)), text, 0o600);
  }
  const placed = new Set([...texts.keys()].map((file) => basename(file)));
  for (const folder of new Set([...texts.keys()].map((file) => dirname(file)))) {
    for (const name of await readdir(folder)) {
      if (placed.has(name)) continue;
      placed.add(name);
      await symlink(join(folder, name), join(entry, PLAYBOOKS, name));
    }
  }
}

/** `wx` refuses what exists already, links included. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode });
}
