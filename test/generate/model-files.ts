import type { LoadedModels } from '../../define/load-models.ts';
import { modelsFile } from '../../generate/models-file.ts';
import { compare, type OutputFile } from '../../generate/output.ts';
import { loadProgram } from '../../generate/program.ts';

interface Generated {
  /** Absent when the models have errors: then nothing is written. */
  readonly files?: readonly OutputFile[];
  readonly loaded: LoadedModels;
}

/** Work out `models.gen.ts` alone, of all that `accord generate` writes for these folders. */
export async function modelFiles(paths: readonly string[]): Promise<Generated> {
  const { loaded, isSound, folders } = await loadProgram(paths, { byFolder: true });
  if (!isSound) return { loaded };
  return { loaded, files: await compare(folders.map(modelsFile)) };
}
