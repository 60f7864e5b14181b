import type { JsonScalar } from './definition.ts';
import { unescape } from './strings.ts';

/** A Python literal as xproto options hold it: scalars, and tuples or lists of literals. */
export type PythonValue = JsonScalar | readonly PythonValue[];

/** Read `text` as one Python literal; `undefined` when it is something else. */
export function parsePython(text: string): PythonValue | undefined {
  const tokens = tokenize(text);
  if (tokens === undefined) return undefined;
  const value = takeValue(tokens, 0);
  return tokens.length === 0 ? value : undefined;
}

/** A scalar as it is written without quotes: `True`, `None`, `12`. */
export function parseScalar(word: string): JsonScalar | undefined {
  if (CONSTANTS.has(word)) return CONSTANTS.get(word);
  return NUMBER.test(word) ? Number(word) : undefined;
}

const CONSTANTS = new Map<string, JsonScalar>([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
]);
const NUMBER = /^-?(?:0[xX][\da-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)$/;

/** In reverse order, so that the next one is at the end. */
function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  const token = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()[\],]|[-\w.]+)|$)/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens.reverse();
}

function takeValue(tokens: string[], depth: number): PythonValue | undefined {
  const token = tokens.pop();
  if (token === undefined || depth > MAX_DEPTH) return undefined;
  if (token === '(' || token === '[') return takeItems(tokens, token === '(' ? ')' : ']', depth + 1);
  if (token.startsWith('"') || token.startsWith("'")) return unescape(token);
  return parseScalar(token);
}

function takeItems(tokens: string[], end: string, depth: number): PythonValue[] | undefined {
  const items: PythonValue[] = [];
  while (tokens.at(-1) !== end) {
    const item = takeValue(tokens, depth);
    if (item === undefined) return undefined;
    items.push(item);
    if (tokens.at(-1) === ',') tokens.pop();
    else if (tokens.at(-1) !== end) return undefined;
  }
  tokens.pop();
  return items;
}

/** Choices are pairs in a tuple: two would do. */
const MAX_DEPTH = 8;
