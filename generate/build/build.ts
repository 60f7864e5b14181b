import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import {
  BUILT_WORKFLOWS,
  isBuilt,
  MANIFEST,
  ownVersion,
  type BuildManifest,
} from '../../worker/build-manifest.ts';
import { workflowBundle } from '../../worker/bundle.ts';
import { loadFolder } from '../../worker/load-folder.ts';
import type { LoadedSynchronizer } from '../../worker/load-synchronizer.ts';
import { SynchronizerError } from '../../worker/synchronizer-error.ts';
import { jsonText } from '../schema.ts';
import { createCompile, type Compile } from './compile.ts';
import { mainText } from './main-file.ts';
import { packageFile } from './package-file.ts';
import { sourcesOf } from './sources.ts';

/** What a build has put where. */
export interface Built {
  readonly out: string;
  readonly code: number;
  readonly files: number;
}

/**
 * Build the synchronizer of a folder into `out`, which then needs no xproto, TypeScript or search at run time.
 *
 * The same folder gives the same files.
 *
 * @throws {SynchronizerError | ConfigError} with every fault at once; `out` is as it was then
 */
export async function buildSynchronizer(folder: string, out: string): Promise<Built> {
  const root = resolve(folder);
  if (await isBuilt(root)) throw new SynchronizerError(folder, ['it was built already: build its sources']);
  await refuseOthers(out);
  const { synchronizer } = await loadFolder(root);
  const sources = await sourcesOf(root, out);
  const code = await compileAll(folder, sources.code, compilerFor(folder, out));
  const bundle = await workflowBundle();
  const workflows = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');

  await empty(out);
  const written: [path: string, text: string][] = [
    ...code,
    [MANIFEST, jsonText(await manifestOf(synchronizer))],
    [BUILT_WORKFLOWS, workflows],
    ['package.json', await packageFile(root, synchronizer.name)],
    ['main.js', mainText(root, out)],
  ];
  for (const [path, text] of written) {
    await mkdir(dirname(join(out, path)), { recursive: true });
    await writeFile(join(out, path), text);
  }
  for (const file of sources.files) {
    await mkdir(dirname(join(out, file)), { recursive: true });
    await copyFile(join(root, file), join(out, file));
  }
  return { out, code: code.length, files: sources.files.length };
}

/** The folder itself stays: it may be a mount, or stand where nothing may be made. */
async function empty(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) await rm(join(out, name), { recursive: true, force: true });
}

/** Only what a build has written is ever written over. */
async function refuseOthers(out: string): Promise<void> {
  const there = await readdir(out).catch(() => []);
  if (there.length === 0 || (await isBuilt(out))) return;
  throw new SynchronizerError(out, ['it holds what no build has written: name another folder with --output']);
}

function compilerFor(folder: string, out: string): Compile {
  const compile = createCompile({ root: resolve(folder), out: resolve(out) });
  if (compile !== undefined) return compile;
  throw new SynchronizerError(folder, ['to build it takes TypeScript: npm install --save-dev typescript@6']);
}

async function compileAll(
  folder: string,
  files: readonly string[],
  compile: Compile,
): Promise<[path: string, text: string][]> {
  const compiled = await Promise.all(
    files.map(async (file) => ({ file, ...compile(file, await readFile(join(folder, file), 'utf8')) })),
  );
  const faults = compiled.flatMap((one) => one.faults);
  if (faults.length > 0) throw new SynchronizerError(folder, faults);
  return compiled.map(({ file, text }) => [asCompiled(file), text]);
}

const asCompiled = (file: string): string => file.replace(/\.([cm]?)ts$/, '.$1js');

async function manifestOf({
  name,
  folder,
  models,
  modelDeps,
  modules,
}: LoadedSynchronizer): Promise<BuildManifest> {
  return {
    accord: await ownVersion(),
    name,
    models,
    modelDeps: [...modelDeps],
    modules: (modules ?? []).map((module) => asCompiled(relative(folder, module)).split('\\').join('/')),
  };
}
