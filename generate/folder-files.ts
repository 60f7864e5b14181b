import { readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { ModelDefinition } from '../model/definition.ts';
import { answeredIn } from './author-code.ts';
import { modelDepsText } from './model-deps-file.ts';
import type { ModelFolder } from './program.ts';
import { schemaText } from './schema.ts';
import { stubsOf } from './stubs.ts';
import { modelsFile } from './models-file.ts';

/** A file that generation wants in a synchronizer's folder. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Work out what belongs into a folder of xproto: the models as types and as JSON Schema; `model-deps.yaml`; and, for
 * each model that is new since the last time, what its author begins with.
 *
 * A stub that was deleted stays deleted, since its model is known: not every model needs a step.
 */
export async function folderFiles(folder: ModelFolder): Promise<WantedFile[]> {
  const { path, root, input } = folder;
  const models = modelsFile(folder);
  const known = modelsIn(await readFile(models.path, 'utf8').catch(() => ''));
  return [
    models,
    { path: join(path, 'schema.gen.json'), text: schemaText(input.models, input.sources) },
    { path: join(root, 'model-deps.yaml'), text: modelDepsText(input.models) },
    ...(await stubsFor(
      folder,
      input.models.filter(({ name }) => !known.has(name)),
    )),
  ];
}

async function stubsFor(
  { path, root, input }: ModelFolder,
  models: readonly ModelDefinition[],
): Promise<WantedFile[]> {
  // The core has nothing of its own in any back end.
  const wanted = models.filter(({ app }) => app !== 'core');
  if (wanted.length === 0) return [];
  const answered = await answeredIn(
    root,
    wanted.map(({ name }) => name),
  );
  const way = relative(join(root, 'steps'), join(path, 'models.gen.ts'));
  const place = { door: doorOf(input.door), models: way.split(sep).join('/') };
  return wanted
    .flatMap((model) => stubsOf(model, input, place, answered))
    .map((file) => ({ ...file, path: join(root, file.path) }));

  // Stubs stand one folder deeper than the models of the same folder.
  function doorOf(door: string): string {
    if (!door.startsWith('.')) return door;
    return path === root ? `../${door}`.replace('/./', '/') : door;
  }
}

/** The models of a `models.gen.ts`. */
function modelsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^>\('(.*)'\);$/gm)].map(([, name = '']) => name));
}

/** Is it one that is written once, and then left alone? */
export function isModelDeps(path: string): boolean {
  return basename(path) === 'model-deps.yaml';
}
