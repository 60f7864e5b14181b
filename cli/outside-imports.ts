import { readFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This package, or the clone: it is no author's code. */
const ACCORD = fileURLToPath(new URL('..', import.meta.url));
// What only looks like an import is a file too many to watch, if there is one: no harm.
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g;

/**
 * Find the files outside of a folder that its code imports by relative paths, directly or by others of them; without
 * packages.
 *
 * @param code files of the folder
 */
export async function outsideImports(folder: string, code: readonly string[]): Promise<Set<string>> {
  const outside = new Set<string>();
  const look = async (file: string): Promise<void> => {
    const text = await readFile(file, 'utf8').catch(() => '');
    const found = [...text.matchAll(IMPORT)]
      .map(([, , path = '']) => resolve(dirname(file), path))
      .filter(
        (path) => !isIn(folder, path) && !isIn(ACCORD, path) && !isOfPackage(path) && !outside.has(path),
      );
    for (const path of found) outside.add(path);
    await Promise.all(found.map(look));
  };
  await Promise.all(code.map(look));
  return outside;
}

const isIn = (folder: string, path: string): boolean =>
  `${path}${sep}`.startsWith(`${resolve(folder)}${sep}`);
const isOfPackage = (path: string): boolean => path.split(sep).includes('node_modules');
