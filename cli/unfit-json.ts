/** Deeper than any field, and far from where JSON.stringify gives up. */
const DEEPEST = 100;

/**
 * Say why a value would not come through JSON as it is: null is written for an infinite number, and where thousands of
 * brackets stand in each other nothing is.
 *
 * @returns undefined when nothing is wrong with it
 */
export function unfitForJson(value: unknown): string | undefined {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return `is nested more than ${DEEPEST} deep`;
    const number = level.find((one): one is number => typeof one === 'number' && !Number.isFinite(one));
    if (number !== undefined) return `holds ${number}, which is no number in JSON`;
    level = level.flatMap((one): unknown[] =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return undefined;
}
