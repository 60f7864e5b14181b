import { z } from 'zod';
import type { ModelDefinition } from '../../model/definition.ts';
import type { Registry } from '../../store/registry.ts';
import { ApplyBody } from '../apply.ts';
import { COLUMNS, OPERATORS } from '../list-query.ts';
import { PauseBody } from '../pauses.ts';
import { PlanBody } from '../plan.ts';
import { linkKey } from '../view.ts';
import { readSchema, writeSchema, type Schema } from './model-schemas.ts';
import { SHAPES, STATES } from './shapes.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema): Schema => ({ content: { 'application/json': { schema } } });
const answers = (status: number, shape: string, description = 'done'): Schema => ({
  responses: {
    [status]: { description, ...json(ref(shape)) },
    default: { $ref: '#/components/responses/Refused' },
  },
});
const takes = (schema: Schema, required = true): Schema => ({ requestBody: { required, ...json(schema) } });

const integer = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const inPath = (name: string, schema: Schema): Schema => ({ name, in: 'path', required: true, schema });
const inQuery = (name: string, schema: Schema, description?: string): Schema => ({
  name,
  in: 'query',
  schema,
  ...(description !== undefined && { description }),
});
const flag = { type: 'string', enum: ['true', 'false'], default: 'false' };
const limit = inQuery('limit', { type: 'integer', minimum: 1, maximum: 1000, default: 100 });
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
  const text = { type: 'string' };
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
    inQuery('after', text, 'where to go on: use `next` of the page before'),
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

const STATE_WORDS: Schema = {
  type: 'string',
  enum: [...STATES.map((word) => word.toLowerCase()), 'blocked'],
};

/** Values separated by commas. */
function manyInQuery(name: string, items: Schema, description: string): Schema {
  return {
    ...inQuery(name, { type: 'array', items, minItems: 1 }, `${description}; separated by commas`),
    explode: false,
  };
}

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

function accordPaths(models: readonly string[]): Schema {
  const base = '/xosapi/v1/accord';
  const object = `${base}/objects/{model}/{id}`;
  const model = inPath('model', { type: 'string', ...(models.length > 0 && { enum: models }) });
  const ofObject = [model, inPath('id', integer)];
  const of = (operationId: string): Schema => ({ tags: ['accord'], operationId });
  const after = inQuery('after', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
  const holds = (path: string, name: string, parameters: readonly Schema[]): [string, Schema][] => [
    [
      `${path}/pause`,
      {
        parameters,
        post: { ...of(`pause${name}`), ...takes(schemaOf(PauseBody), false), ...answers(200, 'AccordPause') },
      },
    ],
    [`${path}/resume`, { parameters, post: { ...of(`resume${name}`), ...answers(200, 'AccordResumed') } }],
  ];
  return {
    '/healthz': { get: { ...of('health'), ...answers(200, 'AccordHealth') } },
    '/readyz': { get: { ...of('readiness'), ...answers(200, 'AccordReadiness') } },
    '/metrics': {
      get: {
        ...of('metrics'),
        responses: {
          200: {
            description: 'for Prometheus',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          default: { $ref: '#/components/responses/Refused' },
        },
      },
    },
    [`${base}/models`]: { get: { ...of('listModels'), ...answers(200, 'AccordModels') } },
    [`${base}/summary`]: { get: { ...of('summary'), ...answers(200, 'AccordSummary') } },
    [`${base}/synchronizers`]: {
      get: { ...of('listSynchronizers'), ...answers(200, 'AccordSynchronizers') },
    },
    [`${base}/objects`]: { get: fleetOperation(of('fleet'), after) },
    [`${base}/pauses`]: { get: { ...of('listPauses'), ...answers(200, 'AccordPauses') } },
    [`${base}/events`]: { get: eventsOperation(of('events')) },
    [`${base}/apply`]: {
      post: {
        ...of('apply'),
        parameters: [inQuery('dry_run', flag)],
        ...takes(schemaOf(ApplyBody)),
        ...answers(200, 'AccordApplied'),
      },
    },
    [`${base}/plan`]: {
      post: {
        ...of('plan'),
        description:
          'What would be done, and in which order, were this changed; without changes, what is to be done now. Nothing is stored.',
        ...takes(schemaOf(PlanBody), false),
        ...answers(200, 'AccordPlan'),
      },
    },
    [`${object}/why`]: { parameters: ofObject, get: { ...of('why'), ...answers(200, 'AccordWhy') } },
    [`${object}/sync`]: {
      parameters: ofObject,
      post: {
        ...of('sync'),
        responses: {
          202: { description: 'it is due', ...json({ type: 'object' }) },
          default: { $ref: '#/components/responses/Refused' },
        },
      },
    },
    [`${object}/dependencies`]: {
      parameters: ofObject,
      get: { ...of('dependencies'), parameters: [after, limit], ...answers(200, 'AccordNeighbours') },
    },
    [`${object}/graph`]: {
      parameters: ofObject,
      get: {
        ...of('graph'),
        parameters: [inQuery('hops', { type: 'integer', minimum: 1, maximum: 4, default: 2 })],
        ...answers(200, 'AccordGraph'),
      },
    },
    [`${base}/graph`]: { get: { ...of('modelGraph'), ...answers(200, 'AccordModelGraph') } },
    [`${object}/dependents`]: {
      parameters: ofObject,
      get: { ...of('dependents'), parameters: [after, limit], ...answers(200, 'AccordNeighbours') },
    },
    [`${object}/events`]: {
      parameters: ofObject,
      get: {
        ...of('eventsOfObject'),
        parameters: [inQuery('before', integer), limit],
        ...answers(200, 'AccordEventsOfObject'),
      },
    },
    ...attemptPaths(`${object}/attempts`, ofObject),
    ...Object.fromEntries([
      ...holds(object, 'Object', ofObject),
      ...holds(`${base}/models/{model}`, 'Model', [model]),
      ...holds(`${base}/synchronizers/{name}`, 'Synchronizer', [inPath('name', { type: 'string' })]),
    ]),
  };
}

function attemptPaths(all: string, ofObject: readonly Schema[]): Schema {
  const of = (operationId: string): Schema => ({ tags: ['accord'], operationId });
  const parameters = [...ofObject, inPath('number', { ...integer, maximum: 999_999_999 })];
  const after = inQuery('after', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
  const one = `${all}/{number}`;
  return {
    [all]: {
      parameters: ofObject,
      get: {
        ...of('listAttempts'),
        parameters: [inQuery('before', integer), limit],
        ...answers(200, 'AccordAttempts'),
      },
    },
    [one]: { parameters, get: { ...of('attempt'), ...answers(200, 'AccordAttempt') } },
    [`${one}/events`]: {
      parameters,
      get: {
        ...of('eventsOfAttempt'),
        description:
          'A list; or, for who accepts text/event-stream, all that follows until the attempt has ended.',
        parameters: [after, limit],
        ...listOrStream('AccordAttemptEvents'),
      },
    },
    [`${one}/output`]: { parameters, get: { ...of('outputOfAttempt'), ...answers(200, 'AccordOutput') } },
    [`${one}/bundle`]: { parameters, get: { ...of('bundleOfAttempt'), ...answers(200, 'AccordBundle') } },
  };
}

function fleetOperation(operation: Schema, after: Schema): Schema {
  const text = { type: 'string' };
  const id = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  return {
    ...operation,
    description: 'The objects of all models in few words, by id.',
    parameters: [
      inQuery('model', text, 'of these models, separated by commas'),
      manyInQuery('state', STATE_WORDS, 'in these states; `blocked` is what waits for a failed object'),
      inQuery(
        'q',
        { type: 'string', maxLength: 500 },
        'with these words in `Model/id`, in the name, or in what the last attempt said',
      ),
      after,
      inQuery('until', id, 'the last id'),
      limit,
    ],
    ...answers(200, 'AccordFleet'),
  };
}

/** One address, and two forms of what it tells. */
function eventsOperation(operation: Schema): Schema {
  const cursor = { type: 'string', pattern: '^\\d{1,19}-\\d{1,15}$' };
  return {
    ...operation,
    description:
      'A list; or, for who accepts text/event-stream, all that follows, resumable by Last-Event-ID.',
    parameters: [inQuery('after', cursor), limit, inQuery('model', { type: 'string' })],
    ...listOrStream('AccordEvents'),
  };
}

function listOrStream(shape: string): Schema {
  const content = {
    'application/json': { schema: ref(shape) },
    'text/event-stream': { schema: { type: 'string' } },
  };
  return {
    responses: { 200: { description: 'done', content }, default: { $ref: '#/components/responses/Refused' } },
  };
}

function schemaOf(shape: z.ZodType): Schema {
  const schema: Record<string, unknown> = {
    ...z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
  };
  // The document says it once, for all.
  delete schema['$schema'];
  return schema;
}
