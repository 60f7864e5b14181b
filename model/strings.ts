/** The value of a quoted string: without its quotes, with the escapes that Python and protobuf agree on. */
export function unescape(quoted: string): string {
  const quote = quoted[0] ?? '';
  const end = quoted.length > 1 && quoted.endsWith(quote) ? -1 : undefined;
  return quoted
    .slice(1, end)
    .replace(/\\(.)/g, (whole, character: string) => ESCAPES.get(character) ?? whole);
}

const ESCAPES = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Text from a file as it may stand in a sentence: short, and without characters that move the cursor. */
export function quotable(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return visible(short);
}

/** Replace each control character, bidirectional marks included, by one that shows and does nothing. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·');
}

/**
 * Make text fit for a terminal, whoever wrote it: what would act there (but colours, tabs and line ends) becomes its
 * escape, as JSON writes it. So JSON stays the same JSON.
 */
export function harmless(text: string): string {
  return text.replace(ACTING, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// Colours and ends of lines are matched to be left alone.
// eslint-disable-next-line no-control-regex -- these are what it is about
const ACTING = /\u001b\[[\d;]*m|\r\n|[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;
