import { findXproto } from '../define/find-xproto.ts';
import { loadModels, type LoadedModels } from '../define/load-models.ts';
import { hasErrors, report } from './report.ts';

/**
 * Check xproto files, or the synchronizer folders that hold them, as one program.
 *
 * @returns the exit code: 1 when there are errors; `json` is printed all the same
 */
export async function check(paths: readonly string[], { json }: { json: boolean }): Promise<number> {
  const files = await findXproto(paths);
  const loaded = await loadModels(files);
  if (json) console.log(JSON.stringify({ files: loaded.counts, diagnostics: loaded.diagnostics }, null, 2));
  else {
    if (loaded.diagnostics.length > 0) console.log(report(loaded));
    console.log(summary(loaded));
  }
  return hasErrors(loaded) ? 1 : 0;
}

function summary({ counts, diagnostics }: LoadedModels): string {
  if (counts.length === 0) return 'No xproto files there. Name files, or folders that hold them.';
  const sum = (what: 'messages' | 'fields' | 'links' | 'policies'): number =>
    counts.reduce((total, count) => total + count[what], 0);
  const said = (severity: string): number => diagnostics.filter((one) => one.severity === severity).length;
  return [
    `${many(counts.length, 'file')}: ${many(sum('messages'), 'message')}, ${many(sum('fields'), 'field')},`,
    `${many(sum('links'), 'link')}, ${many(sum('policies'), 'access rule')};`,
    `${many(said('error'), 'error')}, ${many(said('warning'), 'warning')}`,
  ].join(' ');
}

function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
