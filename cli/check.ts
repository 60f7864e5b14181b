import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lintPlaybooks } from '../backend/lint-playbook.ts';
import { findXproto } from '../define/find-xproto.ts';
import { loadModels, type LoadedModels } from '../define/load-models.ts';
import { lintAnswers, lintCircles } from '../generate/lint-folder.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { lintModels } from '../model/lint.ts';
import { hasErrors, report } from './report.ts';

export interface CheckOptions {
  readonly json: boolean;
  /** Warnings fail, too. */
  readonly strict?: boolean;
}

/**
 * Check xproto files, or the synchronizer folders that hold them, as one program: what is wrong, and what is likely
 * not meant.
 *
 * @returns the exit code: 1 when there are errors, or with `strict` warnings; `json` is printed all the same
 */
export async function check(
  paths: readonly string[],
  { json, strict = false }: CheckOptions,
): Promise<number> {
  const files = await findXproto(paths);
  const read = await loadModels(files);
  const loaded = {
    ...read,
    diagnostics: inOrder(files, [...read.diagnostics, ...(await lints(paths, read))]),
  };
  if (json) console.log(JSON.stringify({ files: loaded.counts, diagnostics: loaded.diagnostics }, null, 2));
  else {
    if (loaded.diagnostics.length > 0) console.log(report(loaded));
    console.log(summary(loaded));
  }
  const hasWarnings = loaded.diagnostics.some(({ severity }) => severity === 'warning');
  return hasErrors(loaded) || (strict && hasWarnings) ? 1 : 0;
}

/** What is likely not meant. While there are errors, it would only hide them. */
async function lints(paths: readonly string[], loaded: LoadedModels): Promise<Diagnostic[]> {
  if (hasErrors(loaded)) return [];
  const folders = (
    await Promise.all(
      paths.map(async (path) => ((await stat(path).catch(() => undefined))?.isDirectory() ? [path] : [])),
    )
  ).flat();
  const ofFolders = await Promise.all(
    folders.map(async (folder) => [
      ...(await lintAnswers(folder, loaded)),
      ...(await lintPlaybooks(join(folder, 'playbooks')).catch(() => [])),
    ]),
  );
  return [
    ...lintModels(loaded.trees, loaded.models, loaded.rules),
    ...lintCircles(loaded),
    ...ofFolders.flat(),
  ];
}

/** In the order of the files as given, then of the text. */
function inOrder(files: readonly string[], diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const place = ({ file }: Diagnostic): number => (files.includes(file) ? files.indexOf(file) : files.length);
  return diagnostics.toSorted((a, b) => place(a) - place(b) || a.line - b.line || a.column - b.column);
}

function summary({ counts, diagnostics }: Pick<LoadedModels, 'counts' | 'diagnostics'>): string {
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
