import { Lexer, type IToken } from 'chevrotain';
import { buildTree } from './build-tree.ts';
import type { Diagnostic } from './diagnostic.ts';
import { add, createSource, diagnose, type Fault } from './places.ts';
import { createReader } from './read-statement.ts';
import { split } from './split.ts';
import { quotable } from './strings.ts';
import type { Source, SyntaxTree } from './syntax-tree.ts';
import { TOKENS, UnclosedComment, UnclosedText } from './tokens.ts';

export interface Parsed {
  /** What could be understood, also of a file with faults. */
  readonly tree: SyntaxTree;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parse one xproto file, and find all its syntax errors in one pass.
 *
 * Never throws, whatever the text. Cost: O(text).
 *
 * @param file named in diagnostics; nothing is read
 */
export function parseXproto(file: string, text: string): Parsed {
  const source = createSource(file, text);
  const diagnostics: Diagnostic[] = [];
  const reader = createReader(source, diagnostics);
  const tokens = tokenize(source, diagnostics);
  const definitions = buildTree(split(tokens, reader.say), reader);
  return { tree: { ...source, ...definitions }, diagnostics: diagnostics.toSorted(byPlace) };
}

/** The order in which a reader of the file meets them. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.line - b.line || a.column - b.column;
}

let lexer: Lexer | undefined;

function tokenize(source: Source, diagnostics: Diagnostic[]): IToken[] {
  lexer ??= new Lexer(TOKENS);
  const { tokens, errors } = lexer.tokenize(source.text);
  for (const { offset, length } of errors) {
    const text = source.text.slice(offset, offset + length);
    add(
      diagnostics,
      diagnose(source, { offset, length }, { code: 'syntax', message: `unexpected \`${quotable(text)}\`` }),
    );
  }
  for (const { tokenType, startOffset: offset, image } of tokens) {
    const fault =
      tokenType === UnclosedText
        ? UNCLOSED_TEXT
        : tokenType === UnclosedComment
          ? UNCLOSED_COMMENT
          : undefined;
    if (fault)
      add(diagnostics, diagnose(source, { offset, length: image.split(/[\r\n]/, 1)[0]?.length ?? 1 }, fault));
  }
  return tokens.filter(({ tokenType }) => tokenType !== UnclosedComment);
}

const UNCLOSED_TEXT: Fault = {
  code: 'unclosed-string',
  message: 'this string is not closed on its line',
  hint: 'a string stays on one line and ends with the quote that it began with',
};
const UNCLOSED_COMMENT: Fault = { code: 'unclosed-comment', message: 'this comment is never closed by `*/`' };
