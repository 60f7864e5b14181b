/**
 * Seeds of lives that once broke a promise: `npm test` lives them again, each time.
 *
 * A seed decides what people do and what goes wrong, not which process is faster: what it found has a test of its own.
 */
export const REGRESSIONS: readonly number[] = [];
