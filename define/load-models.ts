import { readFile } from 'node:fs/promises';
import { EMPTY_BASES } from '../model/bookkeeping.ts';
import type { ModelDefinition, RuleDefinition } from '../model/definition.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { linkModels, type FileCounts } from '../model/link.ts';
import { parseXproto, type Parsed } from '../model/parse.ts';
import { isCore } from '../model/scope.ts';
import type { SyntaxTree } from '../model/syntax-tree.ts';

export interface LoadedModels {
  /** The models of the files, and before them Accord's own core unless a file replaces it. */
  readonly models: readonly ModelDefinition[];
  readonly diagnostics: readonly Diagnostic[];
  /** What each of the files holds, in the order given. */
  readonly counts: readonly FileCounts[];
  /** The access rules of the same. */
  readonly rules: readonly RuleDefinition[];
  /** What the files say as written, in the order given, for those that look closer. */
  readonly trees: readonly SyntaxTree[];
  /** By file: the names of the models that it declares. */
  readonly declared: ReadonlyMap<string, readonly string[]>;
  /** By file: what a caret line is cut from. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Read xproto files as one program, with Accord's core models unless one has `app_label = core`.
 *
 * Faults are diagnostics, an unreadable file among them; the models are sound if none is an error.
 */
export async function loadModels(files: readonly string[]): Promise<LoadedModels> {
  const texts = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  const parsed: Parsed[] = [];
  // Given twice, a file is still one file.
  for (const file of new Set(files)) {
    try {
      const text = await readFile(file, 'utf8');
      texts.set(file, text);
      parsed.push(parseXproto(file, text));
    } catch (error) {
      diagnostics.push(unreadable(file, error));
    }
  }
  const core = parsed.some(({ tree }) => isCore(tree)) ? [] : [await readCore(texts)];
  const program = [...core, ...parsed];
  const linked = linkModels(program.map(({ tree }) => tree));
  const order = [CORE, ...files];
  return {
    models: linked.models,
    rules: linked.rules,
    trees: parsed.map(({ tree }) => tree),
    diagnostics: [
      ...diagnostics,
      ...program.flatMap((one) => one.diagnostics),
      ...linked.diagnostics,
    ].toSorted(
      (a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
    ),
    counts: linked.counts.slice(core.length),
    declared: new Map(parsed.map(({ tree }) => [tree.file, modelNames(tree)])),
    texts,
  };
}

function modelNames({ messages }: SyntaxTree): string[] {
  return messages.map(({ name }) => name.text).filter((name) => !EMPTY_BASES.includes(name));
}

const CORE = 'core.xproto (Accord)';

async function readCore(texts: Map<string, string>): Promise<Parsed> {
  const text = await readFile(new URL('../model/core.xproto', import.meta.url), 'utf8');
  texts.set(CORE, text);
  return parseXproto(CORE, text);
}

function unreadable(file: string, error: unknown): Diagnostic {
  const reasons: Partial<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = `cannot read \`${file}\`: ${reasons[code] ?? (error instanceof Error ? error.message : String(error))}`;
  return { severity: 'error', code: 'unreadable-file', message, file, line: 1, column: 1, length: 1 };
}
