import { access, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findXproto } from '../define/find-xproto.ts';
import { loadModels, type LoadedModels } from '../define/load-models.ts';
import type { TargetInput } from '../define/target.ts';

/** xproto files that are read together, by the folders that they lie in. */
export interface Program {
  readonly loaded: LoadedModels;
  /** There are files, and no diagnostic is an error: there is something to generate from. */
  readonly isSound: boolean;
  readonly folders: readonly ModelFolder[];
}

export interface ModelFolder {
  /** The folder of the xproto files. */
  readonly path: string;
  /** The folder of the synchronizer: the same, or the one above when the files lie in its `models/`. */
  readonly root: string;
  readonly input: TargetInput;
}

/**
 * Read the xproto of folders and files as one program.
 *
 * @param options.byFolder a file stands for its folder: whichever way it is asked for, the same is generated there
 */
export async function loadProgram(
  paths: readonly string[],
  { byFolder }: { readonly byFolder: boolean },
): Promise<Program> {
  const sources = [...new Set(await findXproto(byFolder ? await foldersOf(paths) : paths))];
  const loaded = await loadModels(sources);
  const isSound = sources.length > 0 && loaded.diagnostics.every(({ severity }) => severity !== 'error');
  const folders = [...Map.groupBy(sources, (source) => dirname(source))].map(async ([path, own]) => {
    return { path, root: await rootOf(path, paths), input: inputOf(loaded, own, path) };
  });
  return { loaded, isSound, folders: await Promise.all(folders) };
}

/** What generation is given for some of the files of a program, written into `folder`. */
export function inputOf(loaded: LoadedModels, sources: readonly string[], folder: string): TargetInput {
  const declared = new Set(sources.flatMap((source) => loaded.declared.get(source) ?? []));
  const guards = loaded.trees.filter(({ file }) => sources.includes(file));
  const rules = new Set(guards.flatMap((tree) => tree.rules.map(({ name }) => name.text)));
  return {
    models: loaded.models.filter(({ name }) => declared.has(name)),
    program: loaded.models,
    rules: loaded.rules.filter(({ name }) => rules.has(name)),
    sources: sources.map((source) => relative(resolve(folder), resolve(source)).split(sep).join('/')),
    door: doorFrom(folder),
  };
}

async function foldersOf(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) =>
      (await stat(path).catch(() => undefined))?.isFile() === true ? dirname(path) : path,
    ),
  );
  return [...new Set(found)];
}

async function rootOf(folder: string, asked: readonly string[]): Promise<string> {
  if (basename(folder) !== 'models') return folder;
  const above = dirname(folder);
  const isSynchronizer = await Promise.any(
    ['accord.yaml', 'synchronizer.ts'].map((file) => access(join(above, file))),
  ).then(
    () => true,
    () => false,
  );
  return isSynchronizer || asked.some((path) => resolve(path) === resolve(above)) ? above : folder;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Inside this package its own door; elsewhere the package, as authors have it installed. */
function doorFrom(folder: string): string {
  const path = relative(ROOT, resolve(folder));
  const isInside = !path.startsWith('..') && resolve(folder).startsWith(resolve(ROOT));
  if (!isInside || path.split(sep).includes('node_modules')) return '@accord-sync/accord';
  const door = relative(resolve(folder), join(ROOT, 'define', 'index.ts'));
  return door
    .split(sep)
    .join('/')
    .replace(/^(?!\.)/, './');
}
