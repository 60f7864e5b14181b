import { z } from 'zod';
import type { FieldDefinition, JsonScalar, LinkDefinition, ModelDefinition } from '../model/definition.ts';
import { isBookkeeping, isWritableBookkeeping } from '../model/bookkeeping.ts';
import { mayBeNull, valuesOf } from '../model/field-range.ts';
import { emptyRecord } from '../model/own.ts';
import { nearest } from '../model/suggest.ts';
import { contentFault } from './content-types.ts';
import type { Fault } from './errors.ts';

/** A link as a person writes it: the model is known once the object has been looked up. */
export interface Target {
  readonly model?: string;
  readonly id: number;
}

export type Scalars = Record<string, JsonScalar | readonly JsonScalar[]>;

/** A write, split by where it goes; `faults` are all that is wrong with it. */
export interface Checked {
  readonly scalars: Scalars;
  /** What each given link is to point to from now on. */
  readonly links: Record<string, readonly Target[]>;
  /** no_sync, no_policy, pretend, write_protect. */
  readonly flags: Record<string, boolean>;
  readonly faults: readonly Fault[];
}

/**
 * Check what a person or a policy wants to write against the model, and find every fault at once.
 *
 * @param isNew what is left out gets its default; a required field without one is a fault
 */
export function checkWrite(model: ModelDefinition, given: Record<string, unknown>, isNew: boolean): Checked {
  const faults: Fault[] = [];
  const checked = nothingChecked(faults);
  const declared = new Map<string, FieldDefinition | LinkDefinition>(
    [...model.fields, ...model.links].map((member) => [member.name, member]),
  );

  for (const [name, value] of Object.entries(given)) {
    const member = declared.get(name);
    if (member === undefined) {
      if (isWritableBookkeeping(name)) checkFlag(name, value, checked, faults);
      else faults.push({ field: name, message: unknownName(model, name, [...declared.keys()]) });
    } else if (member.state === 'feedback') {
      faults.push({ field: name, message: `${name} is feedback state: only a step writes it` });
    } else if ('kind' in member) {
      checkLink(member, value, checked, faults);
    } else {
      checkScalar(member, value, checked, faults);
    }
  }
  if (isNew) fillIn(model, given, checked, faults);
  return checked;
}

/** Looked up by the names of members, which may be those that every object has. */
const nothingChecked = (faults: Fault[]): Checked => ({
  scalars: emptyRecord(),
  links: emptyRecord(),
  flags: emptyRecord(),
  faults,
});

/**
 * Check what a step reports.
 *
 * @returns what is stored of it, and the faults; nothing may be stored when there are any
 */
export function checkFeedback(
  model: ModelDefinition,
  feedback: Record<string, unknown>,
): Pick<Checked, 'scalars' | 'faults'> {
  const faults: Fault[] = [];
  const checked = nothingChecked(faults);
  for (const [name, value] of Object.entries(feedback)) {
    const field = model.fields.find((candidate) => candidate.name === name);
    if (field?.state === 'feedback')
      checkScalar({ ...field, nullable: mayBeNull(field) }, value, checked, faults);
    else if (field !== undefined || model.links.some((link) => link.name === name)) {
      faults.push({
        field: name,
        message: `${name} is declarative state: a step reads it, only people and policies write it`,
      });
    } else {
      const names = model.fields
        .filter(({ state }) => state === 'feedback')
        .map((candidate) => candidate.name);
      faults.push({ field: name, message: unknownName(model, name, names) });
    }
  }
  return checked;
}

function unknownName(model: ModelDefinition, name: string, known: readonly string[]): string {
  if (isBookkeeping(name)) return `${name} is bookkeeping: Accord writes it`;
  const guess = nearest(name, known);
  return `${model.name} has no field ${JSON.stringify(name)}${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}

function checkFlag(name: string, value: unknown, checked: Checked, faults: Fault[]): void {
  if (typeof value === 'boolean') checked.flags[name] = value;
  else faults.push({ field: name, message: `${name} must be true or false` });
}

function fillIn(
  model: ModelDefinition,
  given: Record<string, unknown>,
  checked: Checked,
  faults: Fault[],
): void {
  for (const field of model.fields) {
    if (Object.hasOwn(given, field.name) || field.state === 'feedback') continue;
    if (field.default !== undefined) checked.scalars[field.name] = field.default;
    else if (field.repeated) checked.scalars[field.name] = [];
    else if (field.nullable) checked.scalars[field.name] = null;
    else faults.push({ field: field.name, message: `${field.name} is required` });
  }
  for (const link of model.links) {
    if (Object.hasOwn(given, link.name) || link.state === 'feedback') continue;
    if (link.nullable || link.kind === 'manytomany') checked.links[link.name] = [];
    else
      faults.push({
        field: link.name,
        message: `${link.name} is required: a link to a ${link.narrowed ?? link.peer}`,
      });
  }
}

function checkLink(link: LinkDefinition, value: unknown, checked: Checked, faults: Fault[]): void {
  const isMany = link.kind === 'manytomany';
  const peer = link.narrowed ?? link.peer;
  if (value === null && (link.nullable || isMany)) {
    checked.links[link.name] = [];
    return;
  }
  if (isMany !== Array.isArray(value)) {
    const wanted = isMany ? `a list of links to ${peer}` : `one link to a ${peer}`;
    faults.push({ field: link.name, message: `${link.name} must be ${wanted}` });
    return;
  }
  const parsed = TARGETS.safeParse(isMany ? value : [value]);
  if (parsed.success)
    checked.links[link.name] = parsed.data.map((item) => (typeof item === 'number' ? { id: item } : item));
  else faults.push({ field: link.name, message: `${link.name} must name a ${peer} by its id` });
}

const ID = z.int().positive();
const TARGETS = z.array(
  z.union([ID, z.object({ model: z.string(), id: ID }).transform(({ model, id }) => ({ model, id }))]),
);

function checkScalar(field: FieldDefinition, value: unknown, checked: Checked, faults: Fault[]): void {
  if (value === null && field.nullable) {
    // A list that is cleared is empty: steps and policies rely on its being one.
    checked.scalars[field.name] = field.repeated ? [] : null;
    return;
  }
  const schema = field.repeated ? z.array(schemaOf(field)) : schemaOf(field);
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    checked.scalars[field.name] = parsed.data;
    return;
  }
  for (const issue of parsed.error.issues) {
    const at = issue.path.length > 0 ? `[${issue.path.join('][')}]` : '';
    faults.push({ field: field.name, message: `${field.name}${at} ${issue.message}` });
  }
}

function schemaOf(field: FieldDefinition): z.ZodType<JsonScalar> {
  const base = scalarOf(field);
  const [values, { choices = [] }] = [valuesOf(field), field];
  if (values === undefined) return base;
  return base.refine((value) => values.includes(value), {
    message: `must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
  });
}

function scalarOf(field: FieldDefinition): z.ZodType<JsonScalar> {
  switch (field.type) {
    case 'bool':
      return z.boolean({ error: 'must be true or false' });
    case 'float':
    case 'double':
      return within(z.number({ error: 'must be a number' }), field.minValue, field.maxValue);
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return integer(field, -(2 ** 31), 2 ** 31 - 1);
    case 'uint32':
    case 'fixed32':
      return integer(field, 0, 2 ** 32 - 1);
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return integer(field, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case 'uint64':
    case 'fixed64':
      return integer(field, 0, Number.MAX_SAFE_INTEGER);
    case 'bytes':
      return z.base64({ error: 'must be base64' });
    case 'string':
    case 'enum':
      return stringOf(field);
  }
}

function integer(field: FieldDefinition, least: number, most: number): z.ZodType<JsonScalar> {
  const whole = z.int({ error: 'must be a whole number' });
  return within(whole, Math.max(least, field.minValue ?? least), Math.min(most, field.maxValue ?? most));
}

function within(schema: z.ZodNumber | z.ZodInt, least?: number, most?: number): z.ZodType<JsonScalar> {
  return schema
    .refine((value) => least === undefined || value >= least, { message: `must be at least ${least ?? ''}` })
    .refine((value) => most === undefined || value <= most, { message: `must be at most ${most ?? ''}` });
}

function stringOf(field: FieldDefinition): z.ZodType<JsonScalar> {
  const { minLength, maxLength, contentType } = field;
  const text = z.string({ error: 'must be text' });
  // Counted as Postgres and people do, in characters, not in UTF-16 units.
  const lengthOf = (value: string): number => Array.from(value).length;
  return (
    // First, as in XOS: what is left is what has a length.
    (contentType === 'stripped' ? text.trim() : text)
      .refine((value) => value !== '' || field.blank, { message: 'must not be empty' })
      .refine((value) => minLength === undefined || lengthOf(value) >= minLength, {
        message: `must have at least ${minLength ?? 0} characters`,
      })
      .refine(
        (value) => maxLength === undefined || value.length <= maxLength || lengthOf(value) <= maxLength,
        {
          error: ({ input }) =>
            `must have at most ${maxLength ?? 0} characters, has ${lengthOf(String(input))}`,
        },
      )
      .refine((value) => contentFault(contentType, value) === undefined, {
        error: ({ input }) => contentFault(contentType, String(input)),
      })
      // JSON in Postgres knows neither.
      .refine((value) => !value.includes('\0'), { message: 'must not hold a NUL character' })
      .refine((value) => value.isWellFormed(), { message: 'is not well-formed Unicode (a lone surrogate)' })
  );
}
