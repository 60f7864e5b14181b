import { existsSync, watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readSynchronizerConfig } from '../synchronizer-config.ts';
import { CODE, otherImports } from './other-imports.ts';

/** Editors write in several goes: what comes within this time is one change. */
const TOGETHER_MS = 200;

/** Folders that hold no author code: playbooks are read anew for each run. */
const OTHERS = new Set(['node_modules', 'dist', 'playbooks', 'test', 'tests']);
const SOURCE = /(?<!\.test|\.d)\.[cm]?[jt]s$|\.xproto$|^accord\.yaml$|^model-deps(?:\.yaml)?$/;

/**
 * Tell when something of a synchronizer changes that its worker has read at start: code, with what it imports by relative
 * paths, xproto, accord.yaml, model-deps or what accord.yaml names in its place.
 *
 * Each folder is watched by itself: below `node_modules` there are more than a system lets one watch.
 *
 * @throws when the folder is not there, or the system lets nothing more be watched; nothing is watched then
 */
export async function watchSources(
  root: string,
  onChange: () => void,
): Promise<{ readonly close: () => void }> {
  const watchers = new Map<string, FSWatcher>();
  /** By folder; beside those of the synchronizer, and for `others` alone. */
  const farWatchers = new Map<string, FSWatcher>();
  let others: ReadonlySet<string> = new Set();
  let code: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      onChange();
      walk().catch(ignore);
    }, TOGETHER_MS);
  };
  const add = async (folder: string): Promise<void> => {
    if (isClosed) return;
    if (!watchers.has(folder)) watchers.set(folder, open(folder));
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    code.push(
      ...entries.filter((one) => one.isFile() && CODE.test(one.name)).map(({ name }) => join(folder, name)),
    );
    const below = entries.filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !OTHERS.has(entry.name),
    );
    await Promise.all(below.map(({ name }) => add(join(folder, name))));
  };
  const open = (folder: string): FSWatcher => {
    const watcher = watch(folder, (event, name) => {
      if (name !== null && SOURCE.test(name)) changed();
      // A new folder may have come with modules in it already.
      else if (event === 'rename') addAnew().catch(ignore);
    });
    const gone = (): void => {
      watcher.close();
      watchers.delete(folder);
    };
    watcher.on('error', gone);
    return watcher;
  };
  const addAnew = async (): Promise<void> => {
    const before = watchers.size;
    await walk();
    if (watchers.size > before) changed();
  };
  let walking: Promise<void> = Promise.resolve();
  /** One after the other: each sees what there is when it begins. */
  const walk = (): Promise<void> => {
    const next = walking.then(async () => {
      code = [];
      await add(root);
      others = new Set([...(await otherImports(root, code)), ...(await graphNamedIn(root))]);
      for (const folder of new Set([...others].map((file) => dirname(file)))) watchFar(folder);
    });
    walking = next.catch(ignore);
    return next;
  };
  const watchFar = (folder: string): void => {
    if (isClosed || farWatchers.has(folder) || !existsSync(folder)) return;
    const watcher = watch(folder, (_, name) => {
      if (name !== null && others.has(join(folder, name))) changed();
    });
    watcher.on('error', () => {
      watcher.close();
      farWatchers.delete(folder);
    });
    farWatchers.set(folder, watcher);
  };
  const close = (): void => {
    isClosed = true;
    clearTimeout(timer);
    for (const watcher of [...watchers.values(), ...farWatchers.values()]) watcher.close();
  };
  try {
    await walk();
  } catch (error) {
    // Half of it watched is as good as nothing: nobody would know which half.
    close();
    throw error;
  }
  return { close };
}

/** The dependency graph that accord.yaml names. What is wrong with that file is told by who loads it. */
async function graphNamedIn(root: string): Promise<string[]> {
  const settings = await readSynchronizerConfig(root).catch(() => undefined);
  return settings?.dependencyGraph === undefined ? [] : [resolve(join(root, settings.dependencyGraph))];
}

/** A folder may be gone again before it is watched: whoever took it away changed the one above. */
const ignore = (): void => undefined;
