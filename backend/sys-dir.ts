import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Ref } from '../model/definition.ts';

/** Name the folder that holds what this machine's last attempt on an object ran. */
export function sysEntry(sysDir: string, app: string, { model, id }: Ref): string {
  for (const name of [app, model]) {
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) throw new TypeError(`«${name}» is no name for a folder`);
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
  await moveAway(entry, old);
  await rename(fresh, entry);
  await rm(old, { recursive: true, force: true });
}

/** Take away the entry of an object that is gone; keep it as `<entry>.deleted` when `keepForMs` is above 0. */
export async function retireSysEntry(entry: string, keepForMs = 0): Promise<void> {
  const kept = `${entry}.deleted`;
  if (keepForMs === 0) await rm(entry, { recursive: true, force: true });
  else if (await exists(entry)) {
    await rm(kept, { recursive: true, force: true });
    if (await moveAway(entry, kept)) await utimes(kept, new Date(), new Date());
  }
}

/**
 * Go through all entries: take away those of objects that are gone, and what was kept of others for long enough.
 *
 * They may have gone by another worker, or long after their deletion was confirmed: when nothing linked to them any more.
 *
 * @param gone tells which of these objects are no more
 */
export async function tidySysDir(
  sysDir: string,
  keepForMs: number,
  gone: (ids: readonly number[]) => Promise<ReadonlySet<number>>,
): Promise<void> {
  for (const app of await foldersIn(sysDir)) {
    const folder = join(sysDir, app);
    const names = await foldersIn(folder);
    for (const name of names.filter((each) => each.endsWith('.deleted')))
      await removeOld(join(folder, name), keepForMs);
    const ids = new Map(
      names.flatMap((name) => {
        const [, id] = ENTRY.exec(name) ?? [];
        return id === undefined ? [] : [[Number(id), name] as const];
      }),
    );
    for (const id of await gone([...ids.keys()])) {
      const name = ids.get(id);
      if (name !== undefined) await retireSysEntry(join(folder, name), keepForMs);
    }
  }
}

const ENTRY = /^[A-Za-z_][A-Za-z0-9_-]*_([0-9]{1,15})$/;

/** No links: what is behind them is not ours. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function removeOld(kept: string, keepForMs: number): Promise<void> {
  const stats = await lstat(kept).catch(() => undefined);
  if (stats !== undefined && Date.now() - stats.mtimeMs > keepForMs)
    await rm(kept, { recursive: true, force: true });
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Rename what is there, be it a link. Returns whether there was anything. */
async function moveAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function placePlaybooks(texts: ReadonlyMap<string, string>, entry: string): Promise<void> {
  await mkdir(join(entry, TEMPLATES), { mode: 0o700 });
  await mkdir(join(entry, PLAYBOOKS), { mode: 0o700 });
  for (const [file, text] of texts) {
    await writeNew(join(entry, TEMPLATES, basename(file)), text, 0o600);
    await writeNew(join(entry, PLAYBOOKS, basename(file)), text, 0o600);
  }
  const folders = [...new Set([...texts.keys()].map((file) => dirname(file)))];
  const beside = await Promise.all(
    // Rebuilt on another machine, an entry may have nothing beside it.
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  // What the playbooks of a synchronizer share lies beside their folder.
  const shared = folders
    .map((folder) => join(dirname(folder), 'shared_templates'))
    .filter((folder) => existsSync(folder));
  const placed = new Set([...texts.keys()].map((file) => basename(file)));
  for (const path of [...beside.flat(), ...shared]) {
    if (placed.has(basename(path))) continue;
    placed.add(basename(path));
    await symlink(path, join(entry, PLAYBOOKS, basename(path)));
  }
}

/** `wx` refuses what exists already, links included. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode });
}
