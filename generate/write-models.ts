import { join } from 'node:path';
import type { LoadedModels } from '../define/load-models.ts';
import { generateModels } from './models.ts';
import { compare, type OutputFile } from './output.ts';
import { loadProgram, type ModelFolder } from './program.ts';

export interface Generated {
  /** Absent when the models have errors: then nothing is written. */
  readonly files?: readonly OutputFile[];
  readonly loaded: LoadedModels;
}

/** Work out `models.gen.ts` for each folder that holds xproto, all of them together being one program. */
export async function modelFiles(paths: readonly string[]): Promise<Generated> {
  const { loaded, isSound, folders } = await loadProgram(paths, { byFolder: true });
  if (!isSound) return { loaded };
  return { loaded, files: await compare(folders.map(modelsFile)) };
}

export function modelsFile({ path, input }: ModelFolder): { path: string; text: string } {
  const declared = new Set(input.models.map(({ name }) => name));
  const text = generateModels(input.program, { sources: input.sources, door: input.door, declared });
  return { path: join(path, 'models.gen.ts'), text };
}
