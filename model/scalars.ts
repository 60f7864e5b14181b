import type { ScalarType } from './definition.ts';

const WHOLE: readonly ScalarType[] = [
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
];

/** Protobuf's scalar types, which are also the words that cannot name a field. */
export const SCALARS: readonly ScalarType[] = ['string', 'bool', 'bytes', 'float', 'double', ...WHOLE];

export function isScalar(type: string): type is ScalarType {
  return (SCALARS as readonly string[]).includes(type);
}

/** True for the types whose values are integers. */
export function isWhole(type: string): boolean {
  return (WHOLE as readonly string[]).includes(type);
}

export function isNumeric(type: string): boolean {
  return isWhole(type) || type === 'float' || type === 'double';
}

/** The least and the greatest value of an integer type, as far as a JSON number can tell them apart. */
export function rangeOf(type: string): { readonly min: number; readonly max: number } | undefined {
  if (!isWhole(type)) return undefined;
  const isUnsigned = type.startsWith('u') || type.startsWith('fixed');
  if (type.endsWith('64'))
    return { min: isUnsigned ? 0 : Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
  return isUnsigned ? { min: 0, max: 2 ** 32 - 1 } : { min: -(2 ** 31), max: 2 ** 31 - 1 };
}
