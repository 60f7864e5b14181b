import type { TargetInput } from '../../define/target.ts';
import { BOOKKEEPING, isWritableBookkeeping } from '../../model/bookkeeping.ts';
import type { ModelDefinition } from '../../model/definition.ts';
import { schemaOf, type JsonSchema } from '../../model/json-schema.ts';

/** Describe the REST interface of models, as OpenAPI 3.1. */
export function openapiOf({ models, sources }: TargetInput): JsonSchema {
  const served = models.filter(({ abstract }) => !abstract);
  const schemas = served.flatMap((model) => [
    [model.name, schemaOf(model)] as const,
    [`${model.name}Change`, changeOf(model)] as const,
    [
      `${model.name}Object`,
      { allOf: [{ $ref: '#/components/schemas/Bookkeeping' }, refTo(model.name)] },
    ] as const,
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: [...new Set(served.map(({ app }) => app))].join(', ') || 'Accord',
      version: '1',
      description: `Generated from ${sources.map((source) => source.replace(/^.*\//, '')).join(', ')}.`,
    },
    paths: Object.fromEntries(served.flatMap(pathsOf)),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } } },
      schemas: Object.fromEntries([...schemas, ['Bookkeeping', BOOKKEEPING_SCHEMA], ['Error', ERROR_SCHEMA]]),
    },
    security: [{}, { token: [] }],
  };
}

/** What stands beside a `$ref` takes nothing away: without what is required it is a schema of its own. */
function changeOf(model: ModelDefinition): JsonSchema {
  return Object.fromEntries(Object.entries(schemaOf(model)).filter(([name]) => name !== 'required'));
}

function pathsOf(model: ModelDefinition): [string, JsonSchema][] {
  const { name, app, plural } = model;
  const collection = `/xosapi/v1/${app}/${plural}`;
  const one = { $ref: `#/components/schemas/${name}Object` };
  const list = {
    type: 'object',
    properties: { items: { type: 'array', items: one }, next: { type: 'string' } },
    required: ['items'],
  };
  const operation = (id: string, summary: string, answers: JsonSchema, body?: JsonSchema): JsonSchema => ({
    operationId: `${id}${name}`,
    summary,
    tags: [name],
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      ...answers,
      default: { description: 'refused, with every fault', content: json(refTo('Error')) },
    },
  });
  const ok = (schema: JsonSchema): JsonSchema => ({ 200: { description: 'done', content: json(schema) } });
  return [
    [
      collection,
      {
        get: operation('list', `List objects of ${name}, by id`, ok(list)),
        post: operation(
          'create',
          `Create a ${name}`,
          { 201: { description: 'created', content: json(one) } },
          refTo(name),
        ),
      },
    ],
    [
      `${collection}/{id}`,
      {
        parameters: [{ $ref: '#/components/parameters/id' }],
        get: operation('get', `Read a ${name}`, ok(one)),
        put: operation('replace', `Replace the goal of a ${name}`, ok(one), refTo(name)),
        patch: operation(
          'update',
          `Change fields of a ${name}; the others stay`,
          ok(one),
          refTo(`${name}Change`),
        ),
        delete: operation(
          'delete',
          `Mark a ${name} for deletion; it is gone when the back end has confirmed it`,
          ok({ type: 'object', properties: { deleted: { type: 'array', items: { type: 'string' } } } }),
        ),
      },
    ],
  ];
}

const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: JsonSchema): JsonSchema => ({ 'application/json': { schema } });

const TYPES = {
  timestamp: { type: ['string', 'null'], format: 'date-time' },
  integer: { type: ['integer', 'null'] },
  string: { type: ['string', 'null'] },
  boolean: { type: 'boolean' },
} as const;

/** What the server shows of every object. */
const SHOWN = [
  ...['backend_status', 'backend_code', 'enacted', 'deleted', 'backend_need_delete', 'backend_need_reap'],
  ...['no_sync', 'no_policy', 'pretend', 'write_protect', 'leaf_model_name', 'created', 'updated'],
] as const satisfies readonly (keyof typeof BOOKKEEPING)[];

const BOOKKEEPING_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer', readOnly: true },
    state: { type: 'string', readOnly: true },
    version: { type: 'integer', readOnly: true },
    generation: { type: 'integer', readOnly: true },
    ...Object.fromEntries(
      SHOWN.map((name) => [
        name,
        { ...TYPES[BOOKKEEPING[name].type], ...(isWritableBookkeeping(name) ? {} : { readOnly: true }) },
      ]),
    ),
  },
};

const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        faults: {
          type: 'array',
          items: {
            type: 'object',
            properties: { field: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
};
