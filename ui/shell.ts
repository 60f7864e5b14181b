/** As a POSIX shell takes it for one word. */
export const quoted = (text: string): string =>
  /^[\w.,:/=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
