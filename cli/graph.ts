import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { svgText } from '../generate/draw-svg.ts';
import { dotText, mermaidText } from '../generate/draw-text.ts';
import { graphOfModels, type ModelGraph } from '../generate/graph.ts';
import { jsonText } from '../generate/schema.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import { readSynchronizerConfig } from '../synchronizer-config.ts';
import { loadModelDeps } from '../worker/load-model-deps.ts';
import { EXIT } from './explain.ts';
import { soundProgram } from './sound-program.ts';
import type { Terminal } from './terminal.ts';

export type Drawing = 'dot' | 'mermaid' | 'json' | 'svg';

/**
 * Print the graph of models: their links, what depends on what by which accessor, and circles, in red.
 *
 * @param paths folders or files @default the current folder
 */
export async function graph(
  paths: readonly string[],
  { output }: { readonly output: Drawing },
  terminal: Terminal,
): Promise<number> {
  const program = await soundProgram(paths.length === 0 ? ['.'] : paths, terminal);
  if (program === undefined) return EXIT.failed;
  const declared = program.folders.flatMap(({ input }) => input.models.map(({ name }) => name));
  const roots = [...new Set(program.folders.map(({ root }) => root))];
  const deps = await Promise.all(roots.map((root) => depsOf(root, roots.length === 1)));
  for (const fault of deps.flatMap(({ faults }) => faults)) terminal.note(fault);
  const overrides = new Map(deps.flatMap((one) => [...one.deps]));
  const drawn = graphOfModels(program.loaded.models, new Set(declared), overrides);
  for (const cycle of drawn.cycles)
    terminal.note(`models depend on each other in a circle: ${[...cycle, ...cycle.slice(0, 1)].join(' → ')}`);
  terminal.out(DRAW[output](drawn).trimEnd());
  return EXIT.ok;
}

/** What a folder says of dependencies. Faults are told, and do not keep the rest from being drawn. */
async function depsOf(root: string, alone: boolean): Promise<{ deps: ModelDeps; faults: readonly string[] }> {
  // Models alone can be drawn, too: only a synchronizer has an accord.yaml.
  if (!existsSync(join(root, 'accord.yaml'))) return loadModelDeps(root, undefined);
  try {
    const { dependencyGraph } = await readSynchronizerConfig(root, { alone });
    return await loadModelDeps(root, dependencyGraph);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { deps, faults } = await loadModelDeps(root, undefined);
    return { deps, faults: [...error.faults, ...faults] };
  }
}

const DRAW: Readonly<Record<Drawing, (graph: ModelGraph) => string>> = {
  dot: dotText,
  mermaid: mermaidText,
  json: jsonText,
  svg: svgText,
};
