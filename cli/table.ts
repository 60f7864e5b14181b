import { stripVTControlCharacters } from 'node:util';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  /** Colour a finished cell; its width must not change. */
  readonly paint?: (text: string, row: T) => string;
}

const GAP = '  ';
const graphemes = new Intl.Segmenter();

/**
 * Lay out rows under their titles.
 *
 * @param width columns that a line may have; the last column is cut to fit, the others never
 */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width?: number): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row)) || '–'));
  const widths = columns.map(({ title }, index) =>
    Math.max(...[title, ...cells.map((line) => line[index] ?? '')].map(widthOf)),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  // Below this, a cut cell says nothing: let the terminal wrap it.
  const rest = width === undefined ? Infinity : Math.max(width - before, 12);

  const line = (texts: readonly string[], paint: (text: string, index: number) => string): string =>
    texts
      .map((text, index) => {
        const isLast = index === columns.length - 1;
        const fitted = isLast ? cut(text, rest) : text;
        const space = isLast ? '' : ' '.repeat((widths[index] ?? 0) - widthOf(fitted));
        return paint(fitted, index) + space;
      })
      .join(GAP);

  const titles = columns.map(({ title }) => title);
  return [
    line(titles, (text) => text),
    ...rows.map((row, at) =>
      line(cells[at] ?? [], (text, index) => columns[index]?.paint?.(text, row) ?? text),
    ),
  ].join('\n');
}

/** Text of objects is text: no escape sequence, no line break and no change of direction reaches the terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
}

/** The same, line by line. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => ' '.repeat(line.search(/[^ ]|$/)) + printable(line))
    .join('\n')
    .trimEnd();
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Columns that a text takes: what East Asian scripts and emoji write is two wide. */
function widthOf(text: string): number {
  return Array.from(graphemes.segment(text), ({ segment }) =>
    /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u.test(
      segment,
    )
      ? 2
      : 1,
  ).reduce<number>((sum, one) => sum + one, 0);
}
