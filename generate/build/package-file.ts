import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonText } from '../schema.ts';

/** Write the package.json of a build: what it needs at run time, so that an image can install that beside it. */
export async function packageFile(root: string, name: string): Promise<string> {
  const written = await readFile(join(root, 'package.json'), 'utf8').catch(() => '{}');
  const { version, dependencies, overrides, allowScripts } = JSON.parse(written) as Record<string, unknown>;
  return jsonText({
    name: name.toLowerCase(),
    version: version ?? '0.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node main.js' },
    ...(dependencies === undefined ? {} : { dependencies }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(allowScripts === undefined ? {} : { allowScripts }),
  });
}
