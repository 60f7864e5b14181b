import type { Writer } from './types.ts';

/** Policies that write what starts policies must come to an end. */
const MOST_DEPTH = 20;

/** A write that too many policies stand behind: they seem to go in a circle. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/**
 * How many policies stand between a person and what this writer changes (design 3.9).
 *
 * @throws {TooDeep} past 20
 */
export function depthOf({ name, depth = 0 }: Writer): number {
  if (depth > MOST_DEPTH) throw new TooDeep(`${name} would write at depth ${depth}, past ${MOST_DEPTH}`);
  return depth;
}
