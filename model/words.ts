import type { IToken } from 'chevrotain';
import { unescape } from './strings.ts';
import type { OptionValue, Word } from './syntax-tree.ts';

/** The text and the place of a token. */
export function word(token: IToken): Word {
  return { text: token.image, offset: token.startOffset, length: token.image.length };
}

/** Several tokens as one word: `pkg.Name`. */
export function joined(parts: readonly IToken[]): Word {
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return { text: '', offset: 0, length: 0 };
  const length = last.startOffset + last.image.length - first.startOffset;
  return { text: parts.map(({ image }) => image).join('.'), offset: first.startOffset, length };
}

/** The value of an option. */
export function valueOf(kind: OptionValue['kind'], token: IToken): OptionValue {
  const text = kind === 'string' ? unescape(token.image) : token.image;
  return { kind, ...word(token), text };
}
