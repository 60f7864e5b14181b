import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

/** Let code in a folder import this package by its name, as if it were installed there: from its sources. */
export async function installDoor(folder: string): Promise<void> {
  const door = join(folder, 'node_modules/@accord-sync/accord');
  await mkdir(door, { recursive: true });
  const exported = { '.': './door.js', './testing': './testing.js', './run': './run.js' };
  await writeFile(join(door, 'package.json'), JSON.stringify({ type: 'module', exports: exported }));
  await writeFile(join(door, 'door.js'), `export * from ${at('define/index.ts')};`);
  await writeFile(join(door, 'testing.js'), `export * from ${at('testing/index.ts')};`);
  await writeFile(join(door, 'run.js'), `export * from ${at('cli/run-built.ts')};`);
}
