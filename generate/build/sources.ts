import { readdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

/** What of a synchronizer's folder belongs into a build of it; paths relative to the folder. */
export interface Sources {
  /** Author code: compiled. */
  readonly code: readonly string[];
  /** Playbooks, templates, keys, accord.yaml: copied. */
  readonly files: readonly string[];
}

/** List what belongs into a build that is written to `out`. */
export async function sourcesOf(root: string, out: string): Promise<Sources> {
  const all = (await filesBelow(root, resolve(out))).map((file) => relative(root, file)).toSorted();
  const playbooks = await filesOf(join(root, PLAYBOOKS));
  return {
    code: all.filter((file) => CODE.test(file) && !TYPES.test(file)),
    files: [
      ...all.filter((file) => !CODE.test(file) && !LEFT_OUT.test(file)),
      ...playbooks.map((file) => relative(root, file)).toSorted(),
    ],
  };
}

/** What roles bring is theirs, whatever it is called; unless it is hidden. */
const PLAYBOOKS = 'playbooks';
const CODE = /\.[cm]?[jt]s$/;
const TYPES = /\.d\.[cm]?ts$/;
/** Models and dependencies are in the manifest; the rest is for those who write, not for what runs. */
const LEFT_OUT =
  /\.(?:xproto|md|tgz)$|\.gen\.json$|^(?:model-deps(?:\.yaml)?|(?:package|package-lock|tsconfig)\.json)$/;
/** Folders of others, and of the author's own work on it. */
const FOLDERS = new Set(['node_modules', 'test', 'tests', 'dist', PLAYBOOKS]);
/** Hidden files are where people keep secrets, and programs their state. */
const isHidden = (name: string): boolean => name.startsWith('.');
const TESTS = /\.test\.[cm]?[jt]s$|^conformance\.[jt]s$/;

async function filesBelow(folder: string, out: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (isHidden(entry.name) || path === out) return [];
      if (entry.isDirectory()) return FOLDERS.has(entry.name) ? [] : filesBelow(path, out);
      return TESTS.test(entry.name) ? [] : [path];
    }),
  );
  return found.flat();
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => !relative(folder, file).split(sep).some(isHidden));
}
