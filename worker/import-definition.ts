import { access, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findXproto } from '../define/find-xproto.ts';
import type { AnyPolicy, AnyStep, AnyWatcher, Synchronizer } from '../define/synchronizer.ts';
import { SynchronizerError } from './synchronizer-error.ts';

/** Where the modules of a synchronizer are, below its folder. What lies elsewhere may act when it is loaded. */
export interface ModuleFolders {
  readonly stepsDir: string;
  readonly modelPoliciesDir: string;
  readonly watchersDir: string;
}

export const MODULE_FOLDERS: ModuleFolders = {
  stepsDir: 'steps',
  modelPoliciesDir: 'policies',
  watchersDir: 'watchers',
};

/** What was imported, with all that could not be. */
export interface Imported {
  readonly synchronizer: Synchronizer;
  /** Files whose exports belong to it, besides `synchronizer.ts`. */
  readonly modules: readonly string[];
  readonly faults: readonly string[];
}

/**
 * Import what `synchronizer.ts` defines. What it does not list, steps, policies or watchers, is what the modules of
 * their folder export.
 *
 * When it cannot be loaded, what its modules export and the xproto files of the folder stand for it, so that one
 * broken module does not hide the faults of the others.
 *
 * @param name what it is called then
 * @throws {SynchronizerError} when there is nothing to go on with
 */
export async function importDefinition(
  root: string,
  name = 'it',
  folders: ModuleFolders = MODULE_FOLDERS,
): Promise<Imported> {
  const fail = (...faults: string[]): SynchronizerError => new SynchronizerError(root, faults);
  const file = await mainOf(root);
  if (file === undefined)
    throw fail(`there is no synchronizer.ts in it; \`accord new\` makes a synchronizer`);
  const main = await load(root, file);
  if ('exports' in main) {
    const { default: synchronizer } = main.exports;
    if (isSynchronizer(synchronizer))
      return withModules(root, synchronizer, await unlisted(root, synchronizer, folders));
    throw fail('synchronizer.ts must have `export default defineSynchronizer({ name, models, steps })`');
  }

  const all = [folders.stepsDir, folders.modelPoliciesDir, folders.watchersDir];
  const modules = await Promise.all((await modulesOf(root, all)).map((one) => load(root, one)));
  const broken = modules.filter((module) => 'reason' in module);
  // It tells the reason of what it imports as its own.
  if (!broken.some(({ reason }) => reason === main.reason)) broken.unshift(main);
  const faults = broken.map(({ name, reason }) => `${name} cannot be loaded: ${reason}`);
  const models = (await findXproto([root])).map((path) => pathToFileURL(path));
  if (models.length === 0) throw fail(...faults);
  return { synchronizer: { name, models, ...codeIn(modules) }, modules: [], faults };
}

/**
 * Import what a folder that was built defines.
 *
 * @param modules the files whose exports belong to it besides
 * @throws {SynchronizerError} when it cannot be loaded
 */
export async function importBuilt(root: string, modules: readonly string[]): Promise<Imported> {
  const main = await load(root, join(root, 'synchronizer.js'));
  if ('exports' in main && isSynchronizer(main.exports['default']))
    return withModules(root, main.exports['default'], modules);
  const reason = 'reason' in main ? main.reason : 'it exports no synchronizer';
  throw new SynchronizerError(root, [`${main.name} cannot be loaded: ${reason}; build it again`]);
}

/** `synchronizer.ts`, or what a build has made of it. */
async function mainOf(root: string): Promise<string | undefined> {
  for (const name of ['synchronizer.ts', 'synchronizer.js']) {
    const file = join(root, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** A list says it all, even an empty one; where there is none, the folder does. Watchers may be among the steps. */
function unlisted(
  root: string,
  { steps, policies, watchers }: Synchronizer,
  { stepsDir, modelPoliciesDir, watchersDir }: ModuleFolders,
): Promise<string[]> {
  return modulesOf(root, [
    ...(steps === undefined ? [stepsDir] : []),
    ...(policies === undefined ? [modelPoliciesDir] : []),
    ...(watchers === undefined ? [watchersDir] : []),
  ]);
}

async function withModules(
  root: string,
  synchronizer: Synchronizer,
  files: readonly string[],
): Promise<Imported> {
  const { steps, policies, watchers } = synchronizer;
  const modules = await Promise.all(files.map((file) => load(root, file)));
  const faults = modules.flatMap((module) =>
    'reason' in module ? [`${module.name} cannot be loaded: ${module.reason}`] : [],
  );
  const { steps: found, ...others } = codeIn(modules);
  return {
    synchronizer: {
      ...synchronizer,
      steps: steps ?? found ?? [],
      policies: policies ?? others.policies ?? [],
      watchers: watchers ?? others.watchers ?? [],
    },
    modules: files,
    faults,
  };
}

type Loaded =
  | { readonly name: string; readonly exports: Readonly<Record<string, unknown>> }
  | { readonly name: string; readonly reason: string };

async function load(root: string, file: string): Promise<Loaded> {
  const name = relative(root, file);
  try {
    return { name, exports: (await import(pathToFileURL(file).href)) as Record<string, unknown> };
  } catch (error) {
    return { name, reason: reasonOf(error, root) };
  }
}

/** What is wrong and where in the author's own files; the frames of Node and of packages tell the author nothing. */
function reasonOf(error: unknown, root: string): string {
  if (!(error instanceof Error)) return String(error);
  const { stack = error.message } = error;
  const isFrame = (line: string): boolean => /^\s+at /.test(line);
  const isOwn = (line: string): boolean => line.includes(root) && !line.includes('node_modules');
  return stack
    .split('\n')
    .filter((line) => !isFrame(line) || isOwn(line))
    .join('\n')
    .trimEnd();
}

async function modulesOf(root: string, folders: readonly string[]): Promise<string[]> {
  const names = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder)).catch(() => [])).map((name) => join(root, folder, name)),
    ),
  );
  // Twice the same folder is one; of a build's, the types are no modules.
  return [...new Set(names.flat())].filter((file) => /(?<!\.test|\.gen|\.d)\.[jt]s$/.test(file)).toSorted();
}

/** What modules export, each once: a module may pass on what another defines. */
function codeIn(modules: readonly Loaded[]): Pick<Synchronizer, 'steps' | 'policies' | 'watchers'> {
  const exported = new Set(
    modules.flatMap((module) => ('exports' in module ? Object.values(module.exports) : [])),
  );
  const of = (...kinds: string[]): unknown[] =>
    [...exported].filter(
      (one) => typeof one === 'object' && one !== null && 'kind' in one && kinds.includes(one.kind as string),
    );
  return {
    steps: of('step', 'ansible', 'instance') as AnyStep[],
    policies: of('policy') as AnyPolicy[],
    watchers: of('watcher') as AnyWatcher[],
  };
}

const isSynchronizer = (value: unknown): value is Synchronizer =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'models' in value &&
  [value.models].flat().every((url) => url instanceof URL);
