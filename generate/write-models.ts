import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findXproto } from '../define/find-xproto.ts';
import { loadModels, type LoadedModels } from '../define/load-models.ts';
import { generateModels } from './models.ts';

export interface Generated {
  /** Absent when the models have errors: then nothing is written. */
  readonly files?: readonly GeneratedFile[];
  readonly loaded: LoadedModels;
}

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
  /** False when the file has this text already. */
  readonly isStale: boolean;
}

/**
 * Work out `models.gen.ts` for each folder that holds xproto, all of them together being one program.
 *
 * A file stands for its folder: one file of models per folder, whichever way it is asked for.
 */
export async function modelFiles(paths: readonly string[]): Promise<Generated> {
  const sources = await findXproto(await folders(paths));
  const loaded = await loadModels(sources);
  if (sources.length === 0 || loaded.diagnostics.some(({ severity }) => severity === 'error'))
    return { loaded };
  const files = [...Map.groupBy(sources, (source) => dirname(source))].map(async ([folder, own]) => {
    const path = join(folder, 'models.gen.ts');
    const text = generateModels(loaded.models, {
      sources: own.map((source) => basename(source)),
      door: doorFrom(folder),
      declared: new Set(own.flatMap((source) => loaded.declared.get(source) ?? [])),
    });
    return { path, text, isStale: (await readFile(path, 'utf8').catch(() => undefined)) !== text };
  });
  return { files: await Promise.all(files), loaded };
}

/** Write what is stale, each file at once. */
export async function writeModels(files: readonly GeneratedFile[]): Promise<void> {
  for (const { path, text, isStale } of files) {
    if (!isStale) continue;
    const draft = `${path}.${process.pid}.tmp`;
    await writeFile(draft, text);
    await rename(draft, path);
  }
}

async function folders(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) =>
      (await stat(path).catch(() => undefined))?.isFile() === true ? dirname(path) : path,
    ),
  );
  return [...new Set(found)];
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Inside this package its own door; elsewhere the package, as authors have it installed. */
function doorFrom(folder: string): string {
  const path = relative(ROOT, resolve(folder));
  const isInside = !path.startsWith('..') && resolve(folder).startsWith(resolve(ROOT));
  if (!isInside || path.split(sep).includes('node_modules')) return '@accord-sync/accord';
  const door = relative(resolve(folder), join(ROOT, 'define', 'index.ts'));
  return door
    .split(sep)
    .join('/')
    .replace(/^(?!\.)/, './');
}
