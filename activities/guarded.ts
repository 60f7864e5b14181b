import type { Ref } from '../model/definition.ts';

/**
 * Freeze what author code receives, and say in a sentence why it cannot be written to.
 *
 * @param instead how what the author meant is done, for the field of this name
 * @param hidden names of fields that this code must not read
 */
export function guarded<T extends Ref>(
  fields: T,
  instead: (field: string) => string,
  hidden: readonly string[] = [],
): T {
  const named = `${fields.model}/${fields.id}`;
  const refuse = (_: T, field: string | symbol): never => {
    throw new TypeError(`${named} cannot be written to: ${instead(String(field))}`);
  };
  const shown = Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => !hidden.includes(name))
      .map(([name, value]) => [name, deeplyFrozen(value)]),
  );
  return new Proxy(Object.freeze(shown) as T, {
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    get(target, name, receiver): unknown {
      if (typeof name === 'string' && hidden.includes(name)) {
        throw new TypeError(`${name} of ${named} is secret: only its step reads it`);
      }
      return Reflect.get(target, name, receiver);
    },
  });
}

/** What is told to a step that assigns to a field. */
export const STEP_INSTEAD = (field: string): string =>
  `a step reads ${field}; it returns the feedback that is to be stored, and only people and policies write declarative state`;

/** What is told to a policy that assigns to a field. */
export const POLICY_INSTEAD = (field: string): string =>
  `a policy changes it with update(object, { ${field}: … }); feedback is written by steps`;

function deeplyFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(deeplyFrozen);
  return Object.freeze(value);
}
