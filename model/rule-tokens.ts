import { unescape } from './strings.ts';
import type { Word } from './syntax-tree.ts';

/** A word of a rule, with its place in the file. */
export interface RuleToken extends Word {
  /** `end` stands behind the last one; `unknown` is a character of no meaning; the others are signs and keywords. */
  readonly kind: Sign | 'name' | 'string' | 'number' | 'python' | 'unknown' | 'end';
  /** The text without quotes or braces. */
  readonly value: string;
}

const KEYWORDS = ['not', 'in', 'exists', 'forall', 'True', 'False'] as const;
export type Sign = '->' | '|' | '&' | '=' | '(' | ')' | ',' | ':' | '*' | (typeof KEYWORDS)[number];

/** Split the text of a rule into words. The last one is `end`. Cost: O(text). */
export function ruleTokens({ text, offset: base }: Word): RuleToken[] {
  const tokens: RuleToken[] = [];
  const unclosed = new Set<string>();
  const enclosed = (at: number, opening: string, closing: string): string | undefined => {
    if (!text.startsWith(opening, at) || unclosed.has(opening)) return undefined;
    const end = text.indexOf(closing, at + opening.length);
    // What is not closed from here on is not closed later either: do not look for it again.
    if (end < 0) unclosed.add(opening);
    return end < 0 ? undefined : text.slice(at, end + closing.length);
  };

  for (let at = 0; at < text.length;) {
    const comment = enclosed(at, '/*', '*/');
    const python = enclosed(at, '{{', '}}');
    const { kind, image } =
      python === undefined ? plain(text, at) : { kind: 'python' as const, image: python };
    if (comment === undefined && kind !== undefined) {
      const place = { text: image, offset: base + at, length: image.length };
      tokens.push({ kind, value: valueOf(kind, image), ...place });
    }
    at += (comment ?? image).length;
  }
  tokens.push({ kind: 'end', value: '', text: '', offset: base + text.trimEnd().length, length: 1 });
  return tokens;
}

/** What is known by its first characters; without a kind, it says nothing. */
function plain(text: string, at: number): { kind: RuleToken['kind'] | undefined; image: string } {
  PATTERN.lastIndex = at;
  const match = PATTERN.exec(text);
  if (match === null) return { kind: 'unknown', image: String.fromCodePoint(text.codePointAt(at) ?? 0) };
  const [image] = match;
  const { name, number, string, sign } = match.groups ?? {};
  if (sign !== undefined) return { kind: sign as Sign, image };
  if (number !== undefined) return { kind: 'number', image };
  if (string !== undefined) return { kind: 'string', image };
  if (name === undefined) return { kind: undefined, image };
  return { kind: KEYWORDS.find((keyword) => keyword === name) ?? 'name', image };
}

const PATTERN = new RegExp(
  [
    String.raw`[\s\uFEFF]+|//[^\r\n]*`,
    String.raw`(?<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)`,
    String.raw`(?<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)`,
    String.raw`(?<string>"[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"|'[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*')`,
    String.raw`(?<sign>->|[|&=(),:*])`,
  ].join('|'),
  'y',
);

function valueOf(kind: RuleToken['kind'], image: string): string {
  if (kind === 'string') return unescape(image);
  return kind === 'python' ? image.slice(2, -2).trim() : image;
}
