import type { FieldDefinition, JsonScalar } from './definition.ts';
import { isNumeric } from './scalars.ts';

/** What a field with choices may hold besides null: these, and the empty text where it may be blank. */
export function valuesOf({
  choices,
  type,
  blank,
}: Pick<FieldDefinition, 'choices' | 'type' | 'blank'>): readonly JsonScalar[] | undefined {
  const isText = !isNumeric(type) && type !== 'bool';
  return choices === undefined || !isText || !blank || choices.includes('') ? choices : [...choices, ''];
}

/**
 * May an object have null there? Feedback is null until a step has reported it, whatever its modifier, unless it has a
 * default; and what an object has, a step may report again.
 */
export function mayBeNull({ nullable, state, default: value }: FieldDefinition): boolean {
  return nullable || (state === 'feedback' && value === undefined);
}
