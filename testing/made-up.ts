import type { FieldDefinition, ModelDefinition } from '../model/definition.ts';
import { targetOf } from '../plan/reach.ts';
import type { Descendants, FakeObject } from './fake-context.ts';

/** An object of a model with all that it is linked to. */
export interface Fixture {
  readonly object: FakeObject;
  readonly objects: readonly FakeObject[];
  readonly descendants: Descendants;
  /** The values of secret fields, its own and those of what it is linked to. */
  readonly secrets: readonly string[];
}

/**
 * Make up an object of a model: a fitting value for each field, objects for its links to lead to, and those theirs. Goal
 * only: what it is linked to has been synchronized, it itself has not.
 *
 * @param given fields that its author knows better, by model
 */
export function makeUp(
  model: ModelDefinition,
  program: readonly ModelDefinition[],
  given: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Fixture {
  const models = new Map(program.map((one) => [one.name, one]));
  const made = new Map<string, FakeObject>();
  const secrets: string[] = [];

  const make = (definition: ModelDefinition, isOther: boolean): FakeObject => {
    const id = made.size + 1;
    const object: Record<string, unknown> = { model: definition.name, id };
    // Before its links: two that are linked to each other are two.
    made.set(definition.name, object as FakeObject);
    for (const field of definition.fields) {
      const value = given[definition.name]?.[field.name] ?? valueOf(field, definition.name, id, isOther);
      object[field.name] = value;
      if (field.secret && typeof value === 'string' && value.length >= 4) secrets.push(value);
    }
    for (const link of definition.links) {
      const peer = link.state === 'feedback' ? undefined : concrete(targetOf(link));
      const target = peer === undefined ? undefined : (made.get(peer.name) ?? make(peer, true));
      const ref = target === undefined || target.id === id ? null : { model: target.model, id: target.id };
      object[link.name] = link.kind === 'manytomany' ? (ref === null ? [] : [ref]) : ref;
    }
    return object as FakeObject;
  };
  const concrete = (name: string): ModelDefinition | undefined => {
    const found = models.get(name);
    return found?.abstract === true
      ? program.find(({ bases, abstract }) => !abstract && bases.includes(name))
      : found;
  };

  const object = make(model, false);
  const objects = [...made.values()].filter((one) => one !== object);
  return { object, objects, descendants: descendantsIn(program), secrets };
}

function descendantsIn(program: readonly ModelDefinition[]): Descendants {
  const extending = (base: string): string[] =>
    program.filter(({ bases }) => bases.includes(base)).map(({ name }) => name);
  return Object.fromEntries(program.map(({ name }) => [name, extending(name)]));
}

function valueOf(field: FieldDefinition, model: string, id: number, isOther: boolean): unknown {
  if (field.state === 'feedback') {
    const isHandle = field.name === 'backend_handle' && isOther;
    return isHandle ? `/${model.toLowerCase()}/${id}` : field.repeated ? [] : null;
  }
  const one = scalarOf(field, id);
  return field.repeated ? [one] : one;
}

function scalarOf(field: FieldDefinition, id: number): string | number | boolean | null {
  const { type, choices, default: value, minValue = 1, maxValue } = field;
  if (field.secret) return `s3cret-${field.name}-${id}-b5d2`.slice(0, field.maxLength);
  if (choices?.[0] !== undefined) return choices[0];
  if (value !== undefined) return value;
  if (type === 'bool') return false;
  if (type !== 'string' && type !== 'bytes' && type !== 'enum')
    return Math.min(minValue, maxValue ?? minValue);
  const formats: Readonly<Record<string, string>> = {
    ip: '192.0.2.1',
    url: 'http://192.0.2.1/',
    date: '2020-01-01',
  };
  return (formats[field.contentType ?? ''] ?? `${field.name} ${id}`).slice(0, field.maxLength);
}
