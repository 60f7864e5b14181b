import { modelFiles, writeModels } from '../generate/write-models.ts';
import { report } from './report.ts';

/**
 * Write `models.gen.ts` beside the xproto of each folder, or with `check` only say whether that is needed.
 *
 * @param paths folders or files @default the current folder
 * @returns the exit code: 1 when the models have errors, there are none, or with `check` a file is stale
 */
export async function generate(paths: readonly string[], { check }: { check: boolean }): Promise<number> {
  const { files, loaded } = await modelFiles(paths.length === 0 ? ['.'] : paths);
  if (loaded.diagnostics.length > 0) console.error(report(loaded));
  if (files === undefined) {
    if (loaded.counts.length === 0)
      console.error('No xproto files there. Name files, or folders that hold them.');
    return 1;
  }
  if (!check) await writeModels(files);
  for (const { path, isStale } of files) {
    if (!isStale) console.log(`${path} is up to date`);
    else console.log(check ? `${path} is stale: run \`accord generate\`` : `${path} written`);
  }
  return check && files.some(({ isStale }) => isStale) ? 1 : 0;
}
