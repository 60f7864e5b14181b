import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../../model/definition.ts';
import { valuesOf } from '../../model/field-range.ts';
import { linkKey } from '../view.ts';
import { STATES } from './shapes.ts';

/** A schema of JSON Schema 2020-12, which OpenAPI 3.1 takes as it is. */
export type Schema = Readonly<Record<string, unknown>>;

const id: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const time: Schema = { type: 'string', format: 'date-time' };
const bool: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });

/** What every object shows besides its fields. */
const BOOKKEEPING: Readonly<Record<string, Schema>> = {
  id,
  leaf_model_name: { type: 'string' },
  state: { type: 'string', enum: STATES },
  backend_status: { type: 'string' },
  backend_code: { type: 'integer', enum: [0, 1, 2] },
  version: count,
  generation: count,
  enacted: orNull(count),
  deleted: bool,
  backend_need_delete: bool,
  backend_need_reap: bool,
  no_sync: bool,
  no_policy: bool,
  pretend: bool,
  write_protect: bool,
  failures: count,
  next_attempt_at: orNull(time),
  root: orNull({ type: 'string' }),
  created: time,
  updated: time,
};

const FLAGS: Readonly<Record<string, Schema>> = {
  no_sync: bool,
  no_policy: bool,
  pretend: bool,
  write_protect: bool,
};

/** The object as it is read. @param models all: those that extend this one may have a `version` of their own */
export function readSchema(model: ModelDefinition, models: readonly ModelDefinition[]): Schema {
  const fields = model.fields.filter(({ secret }) => !secret);
  const heirs = models.filter(({ bases }) => bases.includes(model.name));
  const isTheirs = (name: string): boolean =>
    heirs.some((heir) => heir.fields.some((field) => field.name === name));
  const properties = {
    ...Object.fromEntries(
      Object.entries(BOOKKEEPING).map(([name, schema]) => [name, isTheirs(name) ? {} : schema]),
    ),
    // Stored values may be older than the limits of today: what is read is told by its type alone.
    ...Object.fromEntries(fields.map((field) => [field.name, orNull(listed(field, typeOf(field)))])),
    ...Object.fromEntries(model.links.map((link) => [linkKey(link), linkSchema(link.kind, true)])),
  };
  return {
    type: 'object',
    ...(model.description !== '' && { description: model.description }),
    properties,
    required: Object.keys(properties),
    // Of a model that extends this one there are more.
    additionalProperties: true,
  };
}

/** What may be written; with `isWhole`, what must be. */
export function writeSchema(model: ModelDefinition, isWhole: boolean): Schema {
  const fields = model.fields.filter(({ state }) => state === 'declarative');
  const links = model.links.filter(({ state }) => state === 'declarative');
  const required = [
    ...fields
      .filter((one) => !one.nullable && !one.repeated && one.default === undefined)
      .map(({ name }) => name),
    ...links.filter(({ nullable, kind }) => !nullable && kind !== 'manytomany').map(linkKey),
  ];
  const isOwnVersion = fields.some(({ name }) => name === 'version');
  return {
    type: 'object',
    properties: {
      ...FLAGS,
      // The version that a change was made against.
      ...(!isWhole && !isOwnVersion && { version: { ...count, maximum: Number.MAX_SAFE_INTEGER } }),
      ...Object.fromEntries(fields.map((field) => [field.name, wishSchema(field)])),
      ...Object.fromEntries(links.map((link) => [linkKey(link), wishedLink(link)])),
    },
    ...(isWhole && required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function wishSchema(field: FieldDefinition): Schema {
  const schema = listed(field, { ...typeOf(field), ...limitsOf(field) });
  const said = {
    ...(field.helpText !== '' && { description: field.helpText }),
    ...(field.default !== undefined && { default: field.default }),
    ...(field.secret && { writeOnly: true }),
  };
  return { ...(field.nullable ? orNull(schema) : schema), ...said };
}

/** Many links are cleared by null, too. */
function wishedLink({ kind, nullable }: LinkDefinition): Schema {
  const schema = linkSchema(kind, nullable);
  return kind === 'manytomany' ? orNull(schema) : schema;
}

function linkSchema(kind: ModelDefinition['links'][number]['kind'], nullable: boolean): Schema {
  if (kind === 'manytomany') return { type: 'array', items: id };
  return nullable ? orNull(id) : id;
}

const listed = (field: FieldDefinition, schema: Schema): Schema =>
  field.repeated ? { type: 'array', items: schema } : schema;

function typeOf({ type }: FieldDefinition): Schema {
  if (type === 'string' || type === 'enum') return { type: 'string' };
  if (type === 'bytes') return { type: 'string', contentEncoding: 'base64' };
  if (type === 'bool') return bool;
  return { type: type === 'float' || type === 'double' ? 'number' : 'integer' };
}

function limitsOf(field: FieldDefinition): Schema {
  const { type, choices, blank, minLength, maxLength, minValue, maxValue } = field;
  const isText = type === 'string' || type === 'enum';
  const least = Math.max(minLength ?? 0, isText && !blank ? 1 : 0);
  const [low, high] = boundsOf(type);
  const [minimum, maximum] = [minValue ?? low, maxValue ?? high];
  return {
    ...(choices !== undefined && { enum: valuesOf(field) }),
    // What JSON in Postgres cannot hold.
    ...(isText && choices === undefined && { pattern: '^[^\\u0000]*$' }),
    ...(isText && least > 0 && { minLength: least }),
    ...(isText && maxLength !== undefined && { maxLength }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  };
}

/** What protobuf's integers hold, as far as JSON's numbers do. */
function boundsOf(type: FieldDefinition['type']): readonly [number?, number?] {
  if (/^(int|sint|sfixed)32$/.test(type)) return [-(2 ** 31), 2 ** 31 - 1];
  if (/^(uint|fixed)32$/.test(type)) return [0, 2 ** 32 - 1];
  if (/^(int|sint|sfixed)64$/.test(type)) return [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  if (/^(uint|fixed)64$/.test(type)) return [0, Number.MAX_SAFE_INTEGER];
  return [];
}
