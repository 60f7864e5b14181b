/**
 * Find the end of an access rule's text: the offset of the `>` that closes it, or of where it breaks off.
 *
 * `->` and `>=` are operators of the rule; nothing closes it inside a string, a comment or `{{ … }}`. A rule
 * that nobody closed breaks off before the line that begins the next definition, so that one missing `>`
 * does not swallow the rest of the file.
 *
 * Cost: O(text), whatever it holds.
 */
export function endOfRule(text: string, from: number): number {
  const unclosed = new Set<string>();
  /** The offset behind what `opening` opens at `at`, or `undefined` when it is never closed. */
  const behind = (at: number, opening: string, closing: string): number | undefined => {
    if (!text.startsWith(opening, at) || unclosed.has(opening)) return undefined;
    const end = text.indexOf(closing, at + opening.length);
    // What is not closed from here on is not closed later either: do not look for it again.
    if (end < 0) unclosed.add(opening);
    return end < 0 ? undefined : end + closing.length;
  };

  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === '>' && text[at + 1] !== '=') return at;
    if (character === '\n' && NEXT_DEFINITION.test(text.slice(at + 1, at + 80))) return at + 1;
    if (character === '>' || (character === '-' && text[at + 1] === '>')) at += 2;
    else if (character === '"' || character === "'") at = behindString(text, at);
    else if (text.startsWith('//', at)) at = lineEnd(text, at);
    else at = behind(at, '/*', '*/') ?? behind(at, '{{', '}}') ?? at + 1;
  }
  return text.length;
}

const NEXT_DEFINITION = /^(?:message|policy|enum|extend|option|import|package)\s+["A-Za-z_]/;

/** A quote that nobody closes on its line is an apostrophe. */
function behindString(text: string, at: number): number {
  const end = text.indexOf(text[at] ?? '', at + 1);
  return end < 0 || end > lineEnd(text, at) ? at + 1 : end + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
