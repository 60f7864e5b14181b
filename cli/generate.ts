import { basename } from 'node:path';
import { folderFiles, isModelDeps } from '../generate/folder-files.ts';
import { lackingDeps } from '../generate/lacking-deps.ts';
import { compare, diffOf, isDue, writeOutput, type OutputFile } from '../generate/output.ts';
import type { Program } from '../generate/program.ts';
import { EXIT } from './explain.ts';
import { soundProgram } from './sound-program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

export interface GenerateOptions {
  /** Write nothing; exit code 1 when there is something to write. */
  readonly check: boolean;
  /** Write nothing; print what would change. */
  readonly dryRun: boolean;
}

/**
 * Write what belongs beside the xproto of each folder: `*.gen.*`, which are written over; `model-deps.yaml` and stubs
 * for new models, which are written where there is none.
 *
 * @param paths folders or files @default the current folder
 * @returns the exit code: 1 when the models have errors, or with `check` something is stale; 2 when there are none
 */
export async function generate(
  paths: readonly string[],
  { check, dryRun }: GenerateOptions,
  terminal: Terminal = processTerminal(),
): Promise<number> {
  const program = await soundProgram(paths.length === 0 ? ['.'] : paths, terminal, { byFolder: true });
  if (program === undefined) return EXIT.failed;
  const wanted = await Promise.all(program.folders.map(folderFiles));
  const files = await compare(wanted.flat());
  if (!check && !dryRun) await writeOutput(files);
  for (const file of files) {
    if (isModelDeps(file.path)) tellDeps(file, program, terminal);
    if (dryRun && isDue(file)) terminal.out(diffOf(file).trimEnd());
    else if (!isStub(file)) terminal.out(said(file, check));
  }
  return check && files.some(isDue) ? EXIT.failed : EXIT.ok;
}

/** What its author has changed is as it should be, and nothing to talk about. */
const isStub = ({ path, standing }: OutputFile): boolean => standing === 'kept' && !isModelDeps(path);

function said({ path, standing }: OutputFile, check: boolean): string {
  switch (standing) {
    case 'current':
      return `${path} is up to date`;
    case 'kept':
      return `${path} is yours, and stays as it is`;
    case 'new':
      return check ? `${path} is missing: run \`accord generate\`` : `${path} written`;
    case 'stale':
      return check ? `${path} is stale: run \`accord generate\`` : `${path} written`;
  }
}

/** What its author leaves out of model-deps is told and no fault: the file is there to say it differently. */
function tellDeps({ path, before, standing }: OutputFile, { loaded }: Program, terminal: Terminal): void {
  if (standing !== 'kept') return;
  const { faults, lacking } = lackingDeps(before ?? '', loaded.models);
  for (const sentence of [...faults, ...lacking]) terminal.note(`${basename(path)}: ${sentence}`);
}
