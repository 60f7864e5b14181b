/** Can the database hold this text? It knows neither NUL nor half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** What is said of a text that cannot be held. */
export const UNSTORABLE = 'holds what no text in the database has: NUL, or a lone surrogate';
