import { tokenMatcher, type IToken } from 'chevrotain';
import * as t from './tokens.ts';
import type { Fault } from './places.ts';

/** A statement with its end (`;`, `{` or the `>` of a rule) where it has one, and the block that follows `{`. */
export interface Statement {
  readonly tokens: readonly IToken[];
  readonly body?: readonly Statement[];
}

/**
 * Find where statements begin and end, and which block each belongs to.
 *
 * The grammar then reads one statement at a time: a fault stays within its statement, and a file of nothing
 * but faults still takes linear time.
 *
 * @param say called for braces without a partner
 */
export function split(tokens: readonly IToken[], say: (token: IToken, fault: Fault) => void): Statement[] {
  const top: Statement[] = [];
  const open: { readonly header: IToken; readonly body: Statement[] }[] = [];
  const count = (type: unknown): number => tokens.filter(({ tokenType }) => tokenType === type).length;
  const isUnclosed = count(t.OpenBrace) > count(t.CloseBrace);

  let at = 0;
  let stray: number | undefined;
  let token: IToken | undefined;
  while ((token = tokens[at]) !== undefined) {
    if (token.tokenType === t.Semicolon) at++;
    else if (token.tokenType === t.CloseBrace) {
      if (open.pop() === undefined) {
        // Several in a row are one fault.
        if (stray !== at - 1) say(token, STRAY);
        stray = at;
      }
      at++;
    } else {
      // Some block is never closed. Which one, the author's own indentation tells.
      const outer = open[0];
      if (isUnclosed && outer && beginsDefinition(token) && isAtMargin(token) && isAtMargin(outer.header)) {
        say(outer.header, unclosed(outer.header));
        open.length = 0;
      }
      const end = endOfStatement(tokens, at);
      const body = tokens[end - 1]?.tokenType === t.OpenBrace ? ([] as Statement[]) : undefined;
      (open.at(-1)?.body ?? top).push({ tokens: tokens.slice(at, end), ...(body && { body }) });
      if (body) open.push({ header: token, body });
      at = end;
    }
  }
  for (const { header } of open) say(header, unclosed(header));
  return top;
}

function endOfStatement(tokens: readonly IToken[], start: number): number {
  const isRule = tokens[start]?.tokenType === t.Policy;
  for (let at = start; ; at++) {
    const token = tokens[at];
    if (token === undefined || token.tokenType === t.CloseBrace) return at;
    if (token.tokenType === t.Semicolon || token.tokenType === t.OpenBrace) return at + 1;
    if (isRule && token.tokenType === t.Greater) return at + 1;
    if (at > start && beginsStatement(tokens, at)) return at;
  }
}

/** True for a keyword in whose place nothing else could stand: a `;` is missing before it. */
function beginsStatement(tokens: readonly IToken[], at: number): boolean {
  const [before, token, after] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (before === undefined || token === undefined || after === undefined) return false;
  if (!NAMING.some((type) => tokenMatcher(after, type))) return false;
  if (tokenMatcher(token, t.ModifierWord)) return true;
  return (
    (BEGINNINGS.has(token.tokenType) || DEFINITIONS.has(token.tokenType)) &&
    before.endLine !== token.startLine
  );
}

const NAMING = [t.Name, t.Keyword, t.Text, t.NumberWord];
const BEGINNINGS = new Set([t.Option, t.Extensions]);
const DEFINITIONS = new Set([t.Message, t.Enum, t.Extend, t.Import, t.Package, t.Policy]);

function beginsDefinition(token: IToken): boolean {
  return DEFINITIONS.has(token.tokenType);
}

function isAtMargin(token: IToken): boolean {
  return token.startColumn === 1;
}

const STRAY: Fault = {
  code: 'stray-brace',
  message: '`}` closes nothing',
  hint: 'remove it, or look for a missing `{`',
};

function unclosed(header: IToken): Fault {
  return { code: 'unclosed-block', message: `this \`${header.image}\` is never closed: a \`}\` is missing` };
}
