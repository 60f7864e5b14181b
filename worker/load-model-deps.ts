import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelLink } from '../define/watcher.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { parseModelDeps, type ModelDeps } from '../plan/model-deps.ts';

/** Where dependencies are looked for when accord.yaml names no file. */
const CUSTOMARY = ['model-deps.yaml', 'model-deps'];

/**
 * Read the dependencies that a synchronizer's folder has in place of its models' own.
 *
 * @param named `dependency_graph` of accord.yaml
 */
export async function loadModelDeps(
  root: string,
  named: string | undefined,
): Promise<{ deps: ModelDeps; faults: string[] }> {
  for (const name of named === undefined ? CUSTOMARY : [named]) {
    const file = join(root, name);
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { deps, faults } = parseModelDeps(text);
    return { deps, faults: faults.map((fault) => `${basename(file)}: ${fault}`) };
  }
  const faults =
    named === undefined ? [] : [`accord.yaml names ${named} as dependency_graph, and there is none`];
  return { deps: new Map(), faults };
}

/** Add the links that a definition declares to those of its models. */
export function withXosLinks(
  models: readonly ModelDefinition[],
  declared: Readonly<Record<string, readonly ModelLink[]>>,
): { models: readonly ModelDefinition[]; faults: string[] } {
  const known = new Set(models.map(({ name }) => name));
  const faults = Object.entries(declared).flatMap(([name, links]) =>
    [name, ...links.map((link) => link.model.name)]
      .filter((one) => !known.has(one))
      .map((one) => `xosLinks of ${name} name ${one}, which no xproto declares`),
  );
  const added = (name: string): ModelDefinition['xosLinks'] =>
    (Object.hasOwn(declared, name) ? (declared[name] ?? []) : []).map(({ model, via, into }) => ({
      model: model.name,
      via,
      ...(into === undefined ? {} : { into }),
    }));
  return {
    models: models.map((model) => ({ ...model, xosLinks: [...model.xosLinks, ...added(model.name)] })),
    faults,
  };
}
