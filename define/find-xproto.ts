import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * List the xproto files that paths stand for: a file stands for itself, a synchronizer's folder for the
 * `*.xproto` in it and in its `models/`, in the order of their names.
 *
 * A path that is not there is listed as it is, so that reading it says so.
 */
export async function findXproto(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const isFolder = await stat(path).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      return isFolder ? [...(await xprotoIn(path)), ...(await xprotoIn(join(path, 'models')))] : [path];
    }),
  );
  return found.flat();
}

async function xprotoIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.xproto'))
    .toSorted()
    .map((name) => join(folder, name));
}
