import type { ModelDefinition } from '../model/definition.ts';
import { dependenciesOf } from '../plan/dependencies.ts';
import { parseModelDeps } from '../plan/model-deps.ts';

/** Say what the text of a model-deps file gets wrong, and what the models have and it lacks; each a sentence. */
export function lackingDeps(
  text: string,
  program: readonly ModelDefinition[],
): { readonly faults: readonly string[]; readonly lacking: readonly string[] } {
  const { deps, faults } = parseModelDeps(text);
  const { faults: unknown, warnings } = dependenciesOf(program, deps);
  // What the models have without any file is not the file's to answer for.
  const usual = new Set(dependenciesOf(program).warnings);
  return { faults: [...faults, ...unknown], lacking: warnings.filter((warning) => !usual.has(warning)) };
}
