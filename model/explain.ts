import type { IParserErrorMessageProvider, IToken, TokenType } from 'chevrotain';
import { EOF, tokenLabel } from 'chevrotain';
import { quotable } from './strings.ts';
import * as t from './tokens.ts';

/**
 * Say in a sentence what the grammar did not find. What to do about it stands on a second line, as a parser's
 * error carries one text.
 */
export const explainer: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, previous, ruleName }) =>
    withHint(
      `expected ${tokenLabel(expected)}${behind(previous)}${found(actual)}`,
      hintFor(ruleName, expected, actual),
    ),
  buildNoViableAltMessage: ({ actual, previous, ruleName }) =>
    `expected ${ALTERNATIVES[ruleName] ?? 'something else'}${behind(previous)}${found(actual[0])}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) =>
    `the statement ends before \`${quotable(firstRedundant.image)}\``,
  buildEarlyExitMessage: ({ actual, previous, ruleName }) =>
    `expected ${ALTERNATIVES[ruleName] ?? 'something'}${behind(previous)}${found(actual[0])}`,
};

const ALTERNATIVES: Readonly<Record<string, string>> = {
  assignment: 'a value: a string, a number or a name',
  memberName: 'a name',
  field: 'a type',
  dottedName: 'a name',
  extensionsLine: 'a number',
};

function hintFor(rule: string, expected: TokenType, actual: IToken): string | undefined {
  if (rule === 'field' && expected === t.Equals) {
    if (actual.tokenType === t.Arrow) return 'a link is written `required manytoone name->Peer:reverse = 1;`';
    return 'each field has a number: `required string name = 1;`';
  }
  if (rule === 'link' && expected === t.Arrow)
    return 'a link is written `required manytoone name->Peer = 1;`';
  if (rule === 'link' && expected === t.Equals) return 'each link has a number: `… name->Peer:reverse = 1;`';
  if (rule === 'rule' && expected === t.Greater) return 'a rule is written `policy NAME < expression >`';
  return undefined;
}

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function behind(previous: IToken | undefined): string {
  // A rule's text is an expression, long and of no help here.
  if (previous === undefined || previous.tokenType === t.RuleText) return '';
  return previous.image === '' ? '' : ` after \`${quotable(previous.image)}\``;
}

function found(actual: IToken | undefined): string {
  return actual === undefined || actual.tokenType === EOF ? '' : `, found \`${quotable(actual.image)}\``;
}
