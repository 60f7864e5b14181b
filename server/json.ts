/** Where a text stops being JSON, and what was found there. */
class NotJson extends SyntaxError {
  readonly statusCode = 400;
  readonly code = 'E_NOT_JSON';
}

/** Parse JSON; what is wrong with it is said with line and column, which the engine's own message leaves out. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = faultIn(text);
    const before = text.slice(0, at).split('\n');
    const found = at >= text.length ? 'it ends there' : `found ${JSON.stringify(text.slice(at, at + 12))}`;
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    throw new NotJson(`the body is not JSON: ${found}, at ${place}`, { cause });
  }
}

const TOKEN = /[{}[\]:,]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** Of a string. One pattern for all of it would need a stack as long as the string. */
const PIECE = /[ !#-[\]-\uffff]{1,1000}|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const BLANK = /[ \t\n\r]*/y;

/** What may come next: a value, a key, `:`, `,` or the end of what is open; the end of the text. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'more' | 'end';

/** The offset of the first token that cannot stand where it does. */
function faultIn(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (let at = skip(BLANK, text, 0); ; at = skip(BLANK, text, at)) {
    const end = text[at] === '"' ? skipString(text, at) : skip(TOKEN, text, at);
    const next: Expected | undefined = end === at ? undefined : after(text.slice(at, end), expected, open);
    if (next === undefined) return at;
    expected = next;
    at = end;
  }
}

/** What may follow `token`; undefined when it may not stand here itself. */
function after(token: string, expected: Expected, open: string[]): Expected | undefined {
  const closed = (): Expected => (open.length === 0 ? 'end' : 'more');
  const inside = open.at(-1);
  if (token === '}' || token === ']') {
    const mayClose =
      expected === 'more' || (token === '}' ? expected === 'key or }' : expected === 'value or ]');
    if (!mayClose || inside !== (token === '}' ? '{' : '[')) return undefined;
    open.pop();
    return closed();
  }
  if (token === ':') return expected === ':' ? 'value' : undefined;
  if (token === ',') return expected === 'more' ? (inside === '{' ? 'key' : 'value') : undefined;
  if (expected === 'key' || expected === 'key or }') return token.startsWith('"') ? ':' : undefined;
  if (expected !== 'value' && expected !== 'value or ]') return undefined;
  if (token !== '{' && token !== '[') return closed();
  open.push(token);
  return token === '{' ? 'key or }' : 'value or ]';
}

function skipString(text: string, from: number): number {
  let at = from + 1;
  for (let next = skip(PIECE, text, at); next > at; next = skip(PIECE, text, at)) at = next;
  return text[at] === '"' ? at + 1 : from;
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}
