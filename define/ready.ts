import { DeferredException } from './errors.ts';

/**
 * Defer until what an object is linked to is there, and has what is needed of it.
 *
 * @param target what `follow` has loaded
 * @throws {DeferredException} while it is null, or the field is null or empty
 */
export function ready<T extends { readonly model: string; readonly id: number }, K extends keyof T & string>(
  target: T | null,
  field: K,
): T & { readonly [F in K]: NonNullable<T[F]> } {
  if (target === null) throw new DeferredException(`what has ${field} is not linked yet`);
  const value: unknown = target[field];
  if (value === null || value === undefined || value === '')
    throw new DeferredException(`${target.model}/${target.id} has no ${field} yet`);
  return target as T & { readonly [F in K]: NonNullable<T[F]> };
}
