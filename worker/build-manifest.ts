import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelDefinition } from '../model/definition.ts';
import type { ModelDep } from '../plan/model-deps.ts';
import { SynchronizerError } from './synchronizer-error.ts';

/** What `accord build` has fixed of a synchronizer: what a worker need not read, parse or look for. */
export interface BuildManifest {
  /** The version of Accord that it was built with, and that runs it. */
  readonly accord: string;
  readonly name: string;
  /** Linked and checked. */
  readonly models: readonly ModelDefinition[];
  /** By model: what model-deps says in place of the models' own dependencies. */
  readonly modelDeps: readonly (readonly [string, readonly ModelDep[]])[];
  /** Modules besides `synchronizer.js` whose exports belong to it, relative to the folder, in their order. */
  readonly modules: readonly string[];
}

/** Its presence makes a folder one that was built. */
export const MANIFEST = 'accord.build.json';
/** The workflows, beside it. */
export const BUILT_WORKFLOWS = 'workflows.cjs';

/**
 * Read what was built into a folder.
 *
 * @returns undefined for a folder of sources
 * @throws {SynchronizerError} when another version of Accord has built it
 */
export async function readManifest(root: string): Promise<BuildManifest | undefined> {
  if (!(await isBuilt(root))) return undefined;
  const manifest = JSON.parse(await readFile(join(root, MANIFEST), 'utf8')) as BuildManifest;
  const accord = await ownVersion();
  if (manifest.accord === accord) return manifest;
  throw new SynchronizerError(root, [
    `it was built with Accord ${manifest.accord}, and this is ${accord}: build it again with \`accord build\``,
  ]);
}

/** Is this a folder that `accord build` has written? */
export function isBuilt(root: string): Promise<boolean> {
  return access(join(root, MANIFEST)).then(
    () => true,
    () => false,
  );
}

/** The version of this Accord. */
export async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
