import { loadProgram, type Program } from '../generate/program.ts';
import { UsageError } from './explain.ts';
import { report } from './report.ts';
import type { Terminal } from './terminal.ts';

/**
 * Read xproto to generate from, and say what is wrong with it.
 *
 * @returns undefined when it has errors
 * @throws {UsageError} when there is none
 */
export async function soundProgram(
  paths: readonly string[],
  terminal: Terminal,
  options: Parameters<typeof loadProgram>[1] = { byFolder: false },
): Promise<Program | undefined> {
  const program = await loadProgram(paths, options);
  const { counts, diagnostics } = program.loaded;
  if (counts.length === 0 && diagnostics.every(({ severity }) => severity !== 'error'))
    throw new UsageError(
      `there is no xproto in ${paths.join(', ')}: name files, or folders of synchronizers, which hold them`,
    );
  if (diagnostics.length > 0) terminal.note(report(program.loaded));
  return program.isSound ? program : undefined;
}
