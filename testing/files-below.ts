import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What the files below a folder hold, by their paths. Empty folders and what Accord itself keeps count as nothing. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).startsWith(join('.accord', 'sys')))
    .toSorted();
  return Object.fromEntries(
    await Promise.all(
      files.map(
        async (file) => [relative(folder, file), await readFile(file, 'utf8').catch(() => '')] as const,
      ),
    ),
  );
}
