import { z } from 'zod';
import { given } from './given.ts';

/** A whole number in a query. */
export const wholeSchema = (name: string, least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(/^\d{1,16}$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error })
    .describe(name);
};

export const limitSchema = wholeSchema('limit', 1, 1000).default(100);

/** Which part of a list is asked for: those behind the id `after`. */
const PageQuery = z.strictObject({
  after: wholeSchema('after', 0, Number.MAX_SAFE_INTEGER).default(0),
  limit: limitSchema,
});

/** Read `after` and `limit`. @throws {Refusal} E_INVALID with every fault */
export function page(query: unknown): { readonly after: number; readonly limit: number } {
  return given(PageQuery, query);
}

const BeforeQuery = z.strictObject({
  before: wholeSchema('before', 1, Number.MAX_SAFE_INTEGER).optional(),
  limit: limitSchema,
});

/** Read `before` and `limit`, of a list whose latest comes first. @throws {Refusal} E_INVALID with every fault */
export function pageBefore(query: unknown): { readonly before?: number; readonly limit: number } {
  const { before, limit } = given(BeforeQuery, query);
  return { limit, ...(before !== undefined && { before }) };
}
