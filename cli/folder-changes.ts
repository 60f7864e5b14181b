import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Editors write in several goes: what comes within this time is one change. */
const TOGETHER_MS = 200;

/** Folders that hold no author code: playbooks are read anew for each run. */
const OTHERS = new Set(['node_modules', 'dist', 'playbooks', 'test', 'tests']);
const SOURCE = /(?<!\.test|\.d)\.[cm]?[jt]s$|\.xproto$|^accord\.yaml$|^model-deps(?:\.yaml)?$/;

/**
 * Tell when something of a synchronizer changes that its worker has read at start: code, xproto, accord.yaml,
 * model-deps.
 *
 * Each folder is watched by itself: below `node_modules` there are more than a system lets one watch.
 */
export async function watchSources(
  root: string,
  onChange: () => void,
): Promise<{ readonly close: () => void }> {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, TOGETHER_MS);
  };
  const add = async (folder: string): Promise<void> => {
    if (isClosed) return;
    if (!watchers.has(folder)) watchers.set(folder, open(folder));
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const below = entries.filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !OTHERS.has(entry.name),
    );
    await Promise.all(below.map(({ name }) => add(join(folder, name))));
  };
  const open = (folder: string): FSWatcher => {
    const watcher = watch(folder, (event, name) => {
      if (name !== null && SOURCE.test(name)) changed();
      // A new folder may have come with modules in it already.
      else if (event === 'rename') void addAnew();
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
    await add(root);
    if (watchers.size > before) changed();
  };
  await add(root);
  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}
