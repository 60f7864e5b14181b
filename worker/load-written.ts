import { fileURLToPath } from 'node:url';
import { loadModels } from '../define/load-models.ts';
import type { Synchronizer } from '../define/synchronizer.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { renderDiagnostics } from '../model/render-diagnostics.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import { importDefinition, type ModuleFolders } from './import-definition.ts';
import { loadModelDeps, withXosLinks } from './load-model-deps.ts';

/** The parts of a synchronizer, before they are held against each other. */
export interface Parts {
  readonly synchronizer: Synchronizer;
  readonly models: readonly ModelDefinition[];
  readonly modelDeps: ModelDeps;
  /** Files whose exports belong to it, besides `synchronizer.ts`. */
  readonly modules: readonly string[];
  readonly faults: readonly string[];
  /** The models themselves are at fault: what is said of code for them would be noise. */
  readonly hasModelFaults: boolean;
}

/** Load the parts of a synchronizer from what its author wrote: code, xproto, model-deps. */
export async function loadWritten(
  root: string,
  settings: ModuleFolders & { readonly name?: string; readonly dependencyGraph?: string | undefined },
): Promise<Parts> {
  const { synchronizer, modules, faults } = await importDefinition(root, settings.name, settings);
  const files = [synchronizer.models].flat().map((url) => fileURLToPath(url));
  const { models: written, diagnostics, texts } = await loadModels(files);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const { models, faults: ofLinks } = withXosLinks(written, synchronizer.xosLinks ?? {});
  const { deps: modelDeps, faults: ofDeps } = await loadModelDeps(root, settings.dependencyGraph);
  const hasModelFaults = errors.length > 0;
  const ofModels = hasModelFaults ? [renderDiagnostics(errors, texts)] : ofLinks;
  return {
    synchronizer,
    models,
    modelDeps,
    modules,
    faults: [...faults, ...ofModels, ...ofDeps],
    hasModelFaults,
  };
}
