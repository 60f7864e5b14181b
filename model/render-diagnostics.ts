import type { Diagnostic } from './diagnostic.ts';
import { visible } from './strings.ts';

/** How words are shown on a terminal; each returns its text, perhaps with colour. */
export interface Paint {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly quiet: (text: string) => string;
}

const PLAIN: Paint = { error: (text) => text, warning: (text) => text, quiet: (text) => text };

/**
 * Write diagnostics for people: place, severity and sentence, then the line with a caret line below it.
 *
 * @param texts by file; without its text a diagnostic has no caret line
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  texts: ReadonlyMap<string, string>,
  paint: Paint = PLAIN,
): string {
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file) ?? texts.get(file)?.split(/\r\n|\n|\r/) ?? [];
    lines.set(file, known);
    return known;
  };
  return diagnostics
    .map((diagnostic) => render(diagnostic, linesOf(diagnostic.file)[diagnostic.line - 1], paint))
    .join('\n');
}

function render(diagnostic: Diagnostic, line: string | undefined, paint: Paint): string {
  const { file, severity, message, hint } = diagnostic;
  const word = { error: paint.error, warning: paint.warning, info: paint.quiet }[severity](severity);
  const head = `${visible(file)}:${diagnostic.line}:${diagnostic.column}  ${word}  ${visible(message)}`;
  if (line === undefined) return hint === undefined ? `${head}\n` : `${head}\n      ${visible(hint)}\n`;

  const { text, before, length } = excerpt(line, diagnostic.column - 1, diagnostic.length);
  const number = String(diagnostic.line).padStart(5);
  const margin = ' '.repeat(number.length);
  const caret = `${' '.repeat(before)}${paint.error('^'.repeat(length))}`;
  const remedy = hint === undefined ? '' : ` ${visible(hint)}`;
  return `${head}\n${paint.quiet(`${number} |`)} ${text}\n${paint.quiet(`${margin} |`)} ${caret}${remedy}\n`;
}

/** Wider lines are cut round the place: a file may be one line of a megabyte. */
const WIDTH = 100;

function excerpt(
  line: string,
  column: number,
  length: number,
): { text: string; before: number; length: number } {
  const start = line.length <= WIDTH ? 0 : Math.max(0, Math.min(column - 40, line.length - WIDTH));
  const end = line.length <= WIDTH ? line.length : start + WIDTH;
  // Every character becomes one of the width of one, so that the caret stands below its place.
  const shown = visible(line.slice(start, end).replaceAll('\t', ' '));
  const lead = start > 0 ? '…' : '';
  return {
    text: `${lead}${shown}${end < line.length ? '…' : ''}`.trimEnd(),
    before: column - start + lead.length,
    length: Math.max(1, Math.min(length, end - column)),
  };
}
