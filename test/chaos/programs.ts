import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../platform/process.ts';

/** What Node is told to run as a server, and as a worker. */
export interface Programs {
  readonly server: readonly string[];
  readonly worker: readonly string[];
}

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const NODES = fileURLToPath(new URL('./nodes', import.meta.url));

/**
 * Say what is run: this clone; or a package that was installed in a folder, with a synchronizer that it has built there.
 * The latter is what people run, and starts in a third of the time.
 */
export async function programsOf(installedIn?: string): Promise<Programs> {
  if (installedIn === undefined) return { server: [MAIN, 'server'], worker: [MAIN, 'worker', NODES] };
  const accord = resolve(installedIn, 'node_modules/@accord-sync/accord/dist/cli/accord.js');
  const nodes = resolve(installedIn, 'nodes');
  await cp(NODES, nodes, { recursive: true });
  const code = join(nodes, 'synchronizer.ts');
  const text = await readFile(code, 'utf8');
  await writeFile(code, text.replace('../../../define/index.ts', '@accord-sync/accord'));
  const { exit, output } = await runProcess(process.execPath, [accord, 'build', nodes]);
  if (exit.code !== 0) throw new Error(`the synchronizer could not be built:\n${output}`);
  return { server: [accord, 'server'], worker: [join(nodes, 'dist', 'main.js')] };
}
