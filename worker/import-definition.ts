import { access, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findXproto } from '../define/find-xproto.ts';
import type { AnyPolicy, AnyStep, AnyWatcher, Synchronizer } from '../define/synchronizer.ts';
import { SynchronizerError } from './synchronizer-error.ts';

/** Where the modules of a synchronizer are. What lies elsewhere may act when it is loaded. */
const MODULE_FOLDERS = ['steps', 'policies', 'watchers'];

/**
 * Import what `synchronizer.ts` defines.
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
): Promise<{ synchronizer: Synchronizer; faults: string[] }> {
  const file = join(root, 'synchronizer.ts');
  const fail = (...faults: string[]): SynchronizerError => new SynchronizerError(root, faults);
  try {
    await access(file);
  } catch {
    throw fail(`there is no synchronizer.ts in it; \`accord new\` makes a synchronizer`);
  }
  const main = await load(root, file);
  if ('exports' in main) {
    const { default: synchronizer } = main.exports;
    if (isSynchronizer(synchronizer)) return { synchronizer, faults: [] };
    throw fail('synchronizer.ts must have `export default defineSynchronizer({ name, models, steps })`');
  }

  const modules = await Promise.all((await modulesOf(root)).map((one) => load(root, one)));
  const broken = modules.filter((module) => 'reason' in module);
  // It tells the reason of what it imports as its own.
  if (!broken.some(({ reason }) => reason === main.reason)) broken.unshift(main);
  const faults = broken.map(({ name, reason }) => `${name} cannot be loaded: ${reason}`);
  const models = (await findXproto([root])).map((path) => pathToFileURL(path));
  if (models.length === 0) throw fail(...faults);
  const exported = new Set(
    modules.flatMap((module) => ('exports' in module ? Object.values(module.exports) : [])),
  );
  return { synchronizer: { name, models, ...codeIn([...exported]) }, faults };
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

async function modulesOf(root: string): Promise<string[]> {
  const names = await Promise.all(
    MODULE_FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder)).catch(() => [])).map((name) => join(root, folder, name)),
    ),
  );
  return names
    .flat()
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .toSorted();
}

function codeIn(exported: readonly unknown[]): Pick<Synchronizer, 'steps' | 'policies' | 'watchers'> {
  const of = (...kinds: string[]): unknown[] =>
    exported.filter(
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
