import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readlink, realpath, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { withLock } from '../tools/lock.mjs';

/** The one place for what was built or fetched: `$XDG_CACHE_HOME/accord`, else `~/.cache/accord`. */
export function cacheFolder(): string {
  // An empty or relative value counts as none, says the XDG specification.
  const configured = process.env['XDG_CACHE_HOME'];
  const base = configured?.startsWith('/') === true ? configured : join(homedir(), '.cache');
  return join(base, 'accord');
}

/** Find what was built under this name. */
export async function findCached(name: string): Promise<string | undefined> {
  return realpath(join(cacheFolder(), name)).catch(() => undefined);
}

/**
 * Find what was built under this name, or build it once for all clones and processes.
 *
 * A build gets a folder of its own and is published by renaming a link: it is seen whole or not at all, and never
 * moves (a Python environment would break). The lock saves the second builder the work; it is not what makes it safe.
 *
 * @param build fills the given, existing folder
 * @param onWait is told the lock's file when another process is building
 * @returns the folder
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
  onWait?: (lockFile: string) => void,
): Promise<string> {
  const found = await findCached(name);
  if (found !== undefined) return found;
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  return withLock(
    join(cache, `${name}.lock`),
    async () => {
      const builtMeanwhile = await findCached(name);
      if (builtMeanwhile !== undefined) return builtMeanwhile;
      await removeRemains(cache, name);
      const folder = join(cache, `${name}@${randomUUID().slice(0, 8)}`);
      await mkdir(folder);
      try {
        await build(folder);
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
      await symlink(basename(folder), `${folder}.link`);
      await rename(`${folder}.link`, join(cache, name));
      return folder;
    },
    onWait,
  );
}

/** Forget what was built under this name; the next builder removes it. */
export async function discardCached(name: string): Promise<void> {
  await rm(join(cacheFolder(), name), { force: true });
}

/** Remove what killed builders left behind. */
async function removeRemains(cache: string, name: string): Promise<void> {
  const published = await readlink(join(cache, name)).catch(() => undefined);
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith(`${name}@`) || entry === published) continue;
    await rm(join(cache, entry), { recursive: true, force: true });
  }
}
