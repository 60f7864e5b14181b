import type { Diagnostic } from './diagnostic.ts';
import type { Source, Word } from './syntax-tree.ts';

/** Prepare `text` for questions about lines: `\n`, `\r\n` and a lone `\r` end one. */
export function createSource(file: string, text: string): Source {
  const lineStarts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) lineStarts.push(i + 1);
  }
  return { file, text, lineStarts };
}

/** The 1-based line that holds `offset`. Cost: O(log lines). */
export function lineOf(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** 1-based, in UTF-16 code units. */
function columnOf(source: Source, offset: number): number {
  return offset - (source.lineStarts[lineOf(source, offset) - 1] ?? 0) + 1;
}

/** What is wrong, before it has a place. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** @default 'error' */
  readonly severity?: Diagnostic['severity'];
}

/** Make the diagnostic that says `fault` of `word`. */
export function diagnose(source: Source, word: Omit<Word, 'text'>, fault: Fault): Diagnostic {
  const { code, message, hint, severity = 'error' } = fault;
  return {
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    file: source.file,
    line: lineOf(source, word.offset),
    column: columnOf(source, word.offset),
    length: Math.max(1, word.length),
  };
}

/** More faults than this in one file are not listed: a file of a megabyte may have a million. */
const MAX_FAULTS = 10_000;

export function isFull(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.length > MAX_FAULTS;
}

/** Add a diagnostic to a list, as long as the list is one that somebody may read. */
export function add(diagnostics: Diagnostic[], diagnostic: Diagnostic): void {
  if (diagnostics.length < MAX_FAULTS) diagnostics.push(diagnostic);
  else if (diagnostics.length === MAX_FAULTS) {
    const message = `there are more than ${MAX_FAULTS} faults; the others are not listed`;
    diagnostics.push({ ...diagnostic, severity: 'error', code: 'too-many-faults', message });
  }
}
