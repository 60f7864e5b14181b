import { join } from 'node:path';
import type { BuildManifest } from './build-manifest.ts';
import { importBuilt } from './import-definition.ts';
import type { Parts } from './load-written.ts';

/** Load the parts of a synchronizer that was built: code alone is loaded, nothing is parsed or looked for. */
export async function loadBuilt(root: string, manifest: BuildManifest): Promise<Parts> {
  const modules = manifest.modules.map((module) => join(root, module));
  const { synchronizer, faults } = await importBuilt(root, modules);
  return {
    synchronizer,
    models: manifest.models,
    modelDeps: new Map(manifest.modelDeps),
    modules,
    faults,
    hasModelFaults: false,
  };
}
