/**
 * The id that stands in the place where a name may, too; undefined for a name.
 *
 * `0123` is a name: it is not 123. So is what is too large for JavaScript, which would make another number of it.
 */
export function idIn(text: string): number | undefined {
  const id = Number(text);
  return /^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(id) ? id : undefined;
}
