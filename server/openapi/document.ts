import type { ModelDefinition } from '../../model/definition.ts';
import type { Registry } from '../../store/registry.ts';
import { COLUMNS, OPERATORS } from '../list-query.ts';
import { linkKey } from '../view.ts';
import { accordPaths } from './accord-paths.ts';
import { readSchema, writeSchema, type Schema } from './model-schemas.ts';
import {
  answers,
  flag,
  inPath,
  inQuery,
  integer,
  json,
  limit,
  manyInQuery,
  ref,
  schemaOf,
  STATE_WORDS,
  takes,
} from './pieces.ts';
import { SHAPES } from './shapes.ts';

const ifMatch: Schema = {
  name: 'If-Match',
  in: 'header',
  schema: { type: 'string', pattern: '^(\\*|(W/)?"?\\d{1,15}"?)$' },
  description: 'the version that the change was made against, as in "4"',
};

/** Describe the whole API, for the models that are registered now: OpenAPI 3.1. */
export function openApi(registry: Registry): Schema {
  const models = [...registry.values()].map(({ definition }) => definition);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Accord',
      version: '1',
      description: 'Objects of models, and how they stand with their back ends.',
    },
    tags: [...new Set(models.map(({ app }) => app)), 'accord'].map((name) => ({ name })),
    paths: {
      ...Object.assign({}, ...models.map(pathsOf)),
      ...accordPaths(models.map(({ name }) => name)),
    } as Schema,
    components: {
      schemas: {
        ...Object.fromEntries(models.flatMap((model) => schemasOf(model, models))),
        ...Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, schemaOf(shape)])),
      },
      responses: {
        Refused: { description: 'refused, with what to do about it', ...json(ref('AccordError')) },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
  };
}

function schemasOf(model: ModelDefinition, models: readonly ModelDefinition[]): [string, Schema][] {
  const { name } = model;
  const whole = readSchema(model, models);
  // With `fields=` there are fewer of them.
  const listed = { ...whole, required: ['id', 'leaf_model_name'] };
  return [
    [name, whole],
    [
      `${name}List`,
      {
        type: 'object',
        properties: { items: { type: 'array', items: listed }, next: { type: 'string' } },
        required: ['items'],
      },
    ],
    ...(model.abstract ? [] : ([[`${name}Create`, writeSchema(model, true)]] as [string, Schema][])),
    [`${name}Change`, writeSchema(model, false)],
  ];
}

function pathsOf(model: ModelDefinition): Schema {
  const { name, app, plural, abstract } = model;
  const tags = [app];
  const collection = `/xosapi/v1/${app}/${plural}`;
  const of = (act: string): Schema => ({ tags, operationId: `${act}${name}` });
  const removal = [inQuery('cascade', flag), inQuery('orphan', flag), ifMatch];
  return {
    [collection]: {
      get: { ...of('list'), parameters: listParameters(model), ...answers(200, `${name}List`) },
      ...(!abstract && {
        post: { ...of('create'), ...takes(ref(`${name}Create`)), ...answers(201, name, 'created') },
      }),
    },
    [`${collection}/{id}`]: {
      parameters: [inPath('id', integer)],
      get: { ...of('read'), ...answers(200, name) },
      patch: {
        ...of('change'),
        parameters: [ifMatch],
        ...takes(ref(`${name}Change`)),
        ...answers(200, name),
      },
      ...(!abstract && {
        put: {
          ...of('replace'),
          parameters: [ifMatch],
          ...takes(ref(`${name}Create`)),
          ...answers(200, name),
        },
      }),
      delete: {
        ...of('delete'),
        parameters: removal,
        ...answers(200, 'AccordDeleted', 'marked for deletion'),
      },
    },
  };
}

function listParameters(model: ModelDefinition): Schema[] {
  const filters = new Map<string, Schema>([
    ...Object.entries(COLUMNS).map(([name, kind]) => [name, SOUGHT[kind]] as const),
    ...model.links.filter(({ kind }) => kind !== 'manytomany').map((link) => [linkKey(link), ID] as const),
    ...model.fields
      .filter(({ secret, repeated }) => !secret && !repeated)
      .map(({ name, type }) => [name, soughtAs(type)] as const),
  ]);
  for (const name of RESERVED) filters.delete(name);
  const known = { type: 'string', enum: [...filters.keys()] };
  const suffixes = Object.keys(OPERATORS)
    .map((one) => `__${one}`)
    .join(', ');
  return [
    inQuery('after', PLACE, 'where to go on: use `next` of the page before'),
    limit,
    inQuery(
      'sort',
      { type: 'string', enum: [...filters.keys()].flatMap((name) => [name, `-${name}`]) },
      'a field, with `-` before it for the other way round',
    ),
    manyInQuery('state', STATE_WORDS, '`blocked` is what waits for a failed object'),
    manyInQuery('fields', known, 'only these fields'),
    ...[...filters].map(([name, schema]) =>
      inQuery(name, schema, `only with this value; also with ${suffixes} behind it`),
    ),
  ];
}

// An id, or a place in a sorted list as base64url.
const PLACE: Schema = { type: 'string', pattern: '^([0-9]{1,15}|W[A-Za-z0-9_-]+)$' };
const ID: Schema = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };
const SOUGHT: Readonly<Record<(typeof COLUMNS)[string], Schema>> = {
  number: { type: 'integer' },
  boolean: { type: 'boolean' },
  time: { type: 'string', format: 'date-time' },
  text: { type: 'string' },
};

/** How a value of a field is asked for. */
function soughtAs(type: string): Schema {
  if (['string', 'enum', 'bytes'].includes(type)) return { type: 'string' };
  if (type === 'bool') return { type: 'boolean' };
  return { type: ['float', 'double'].includes(type) ? 'number' : 'integer' };
}

const RESERVED = ['after', 'limit', 'sort', 'state', 'fields'];
