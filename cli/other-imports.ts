import { readFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This package, or the clone: it is no author's code. */
const ACCORD = fileURLToPath(new URL('..', import.meta.url));
// What only looks like an import is a file too many to watch, if there is one: no harm.
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/** What a folder's code is. */
export const CODE = /\.[cm]?[jt]s$/;

/**
 * Find the files that a folder's code imports by relative paths, directly or by others of them, besides its code itself:
 * what lies outside, and JSON and the like; without packages.
 *
 * @param code files of the folder
 */
export async function otherImports(folder: string, code: readonly string[]): Promise<Set<string>> {
  const others = new Set<string>();
  const look = async (file: string): Promise<void> => {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = [...text.matchAll(IMPORT)]
      .map(([, , path = '']) => resolve(dirname(file), path))
      .filter(
        (path) => !isCodeIn(folder, path) && !isIn(ACCORD, path) && !isOfPackage(path) && !others.has(path),
      );
    for (const path of found) others.add(path);
    await Promise.all(found.map(look));
  };
  await Promise.all(code.map(look));
  return others;
}

const isIn = (folder: string, path: string): boolean =>
  `${path}${sep}`.startsWith(`${resolve(folder)}${sep}`);
const isCodeIn = (folder: string, path: string): boolean => isIn(folder, path) && CODE.test(path);
const isOfPackage = (path: string): boolean => path.split(sep).includes('node_modules');
