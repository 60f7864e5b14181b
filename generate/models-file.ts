import { join } from 'node:path';
import { generateModels } from './models.ts';
import type { ModelFolder } from './program.ts';

/** Work out `models.gen.ts` for a folder that holds xproto: of what its own files declare, and what that links to. */
export function modelsFile({ path, input }: ModelFolder): { path: string; text: string } {
  const declared = new Set(input.models.map(({ name }) => name));
  const text = generateModels(input.program, { sources: input.sources, door: input.door, declared });
  return { path: join(path, 'models.gen.ts'), text };
}
