import type { FieldDefinition, LinkDefinition, ModelDefinition } from './definition.ts';
import { mayBeNull, valuesOf } from './field-range.ts';
import { isWhole, rangeOf, isNumeric } from './scalars.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Describe the objects of a model as REST shows them, as JSON Schema 2020-12: fields in their own names, a link as
 * `<link>_id`, or `<link>_ids` for one to many. Feedback is read-only; a secret is write-only.
 */
export function schemaOf(model: ModelDefinition): JsonSchema {
  const fields = model.fields.map((field) => [field.name, fieldSchema(field)] as const);
  const links = model.links.map((link) => [linkKey(link), linkSchema(link)] as const);
  const required = [
    ...model.fields.filter(isRequired).map(({ name }) => name),
    ...model.links.filter(isRequiredLink).map(linkKey),
  ];
  return {
    title: model.verboseName,
    ...(model.description === '' ? {} : { description: model.description }),
    type: 'object',
    properties: Object.fromEntries([...fields, ...links]),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** How REST spells a link. */
export function linkKey({ name, kind }: LinkDefinition): string {
  return `${name}_${kind === 'manytomany' ? 'ids' : 'id'}`;
}

/** Has to be given on create. */
function isRequired(field: FieldDefinition): boolean {
  return field.state === 'declarative' && !field.nullable && !field.repeated && field.default === undefined;
}

function isRequiredLink({ state, nullable, kind }: LinkDefinition): boolean {
  return state === 'declarative' && !nullable && kind !== 'manytomany';
}

function fieldSchema(field: FieldDefinition): JsonSchema {
  const one = scalarSchema(field);
  const isNull = mayBeNull(field) && !field.repeated;
  const schema = field.repeated ? { type: 'array', items: one } : isNull ? orNull(one) : one;
  return {
    ...schema,
    ...(field.helpText === '' ? {} : { description: field.helpText }),
    ...(field.default === undefined ? {} : { default: field.default }),
    ...(field.state === 'feedback' ? { readOnly: true } : {}),
    ...(field.secret ? { writeOnly: true } : {}),
  };
}

function scalarSchema(field: FieldDefinition): JsonSchema {
  const { type, contentType } = field;
  const values = valuesOf(field);
  if (values !== undefined) return { enum: values };
  if (type === 'bool') return { type: 'boolean' };
  if (isNumeric(type)) {
    const range = rangeOf(type);
    const [minimum, maximum] = [field.minValue ?? range?.min, field.maxValue ?? range?.max];
    return {
      type: isWhole(type) ? 'integer' : 'number',
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    };
  }
  const format = contentType === undefined ? undefined : FORMATS[contentType];
  const minLength = field.minLength ?? (field.blank ? undefined : 1);
  return {
    type: 'string',
    ...(format === undefined ? {} : { format }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(field.maxLength === undefined ? {} : { maxLength: field.maxLength }),
  };
}

const FORMATS: Readonly<Record<string, string | undefined>> = { url: 'uri' };

function linkSchema(link: LinkDefinition): JsonSchema {
  const peer = link.narrowed ?? link.peer;
  const id = { type: 'integer', minimum: 1, 'x-accord-model': peer };
  const schema = link.kind === 'manytomany' ? { type: 'array', items: id } : link.nullable ? orNull(id) : id;
  return {
    ...schema,
    ...(link.helpText === '' ? {} : { description: link.helpText }),
    ...(link.state === 'feedback' ? { readOnly: true } : {}),
  };
}

function orNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema['enum'])) return { ...schema, enum: [...(schema['enum'] as unknown[]), null] };
  return { ...schema, type: [schema['type'], 'null'] };
}
