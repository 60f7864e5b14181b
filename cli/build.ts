import { join, relative, resolve } from 'node:path';
import { buildSynchronizer } from '../generate/build/build.ts';
import { runProcess } from '../platform/process.ts';
import { EXIT } from './explain.ts';
import type { Terminal } from './terminal.ts';

/**
 * Build a synchronizer into one folder, and load it from there as a worker will.
 *
 * @returns the exit code: 1 when what was built cannot be loaded
 */
export async function build(
  folder: string,
  { output }: { readonly output?: string },
  terminal: Terminal,
): Promise<number> {
  const out = resolve(output ?? join(folder, 'dist'));
  const { code, files } = await buildSynchronizer(folder, out);
  // A process of its own: it finds what is missing there, and leaves what it has compiled for the next.
  const { exit, output: said } = await runProcess(process.execPath, [join(out, 'main.js'), '--check']);
  if (exit.code !== 0) {
    terminal.note(`accord: what was built cannot be loaded:\n${said}`);
    return EXIT.failed;
  }
  const shown = relative(process.cwd(), out) || '.';
  terminal.out(
    `${shown} is built: ${code} modules, ${files} other files. Run it: node ${join(shown, 'main.js')}`,
  );
  return EXIT.ok;
}
