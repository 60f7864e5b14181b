import type { z } from 'zod';
import { Refusal, type Fault } from '../store/errors.ts';

/** A check that a schema cannot say: what is wrong with a value, if anything. */
type Check<T> = (value: T) => string | undefined;

/**
 * Read a body or a query by its schema.
 *
 * @param checks by key, beyond the schema
 * @throws {Refusal} E_INVALID naming every fault
 */
export function given<T extends object>(
  schema: z.ZodType<T>,
  value: unknown,
  checks: { readonly [K in keyof T]?: Check<T[K]> } = {},
): T {
  const read = schema.safeParse(value);
  const faults = read.success ? checked(read.data, checks) : read.error.issues.flatMap(faultsOf);
  if (read.success && faults.length === 0) return read.data;
  throw new Refusal('E_INVALID', faults.map(({ message }) => message).join('; '), { faults });
}

function checked<T extends object>(value: T, checks: { readonly [K in keyof T]?: Check<T[K]> }): Fault[] {
  return Object.keys(checks).flatMap((key) => {
    const message = checks[key as keyof T]?.(value[key as keyof T]);
    return message === undefined ? [] : [{ field: key, message }];
  });
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: key, message: `${key} is not known here` }));
  const field = issue.path.join('.');
  if (field === '') return [{ message: issue.message }];
  return [{ field, message: `${field}: ${issue.message}` }];
}
