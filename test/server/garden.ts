import type { FastifyInstance, InjectOptions } from 'fastify';
import type { ApiErrorBody, ApiObject } from '../../client/wire.ts';
import { DEFAULTS, type Config } from '../../config.ts';
import { createLog } from '../../log.ts';
import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../../model/definition.ts';
import { createServer } from '../../server/server.ts';
import { createStore, type Store } from '../../store/store.ts';
import { createTestDatabase } from '../support/database.ts';

const field = (name: string, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  name,
  type: 'string',
  repeated: false,
  state: 'declarative',
  nullable: false,
  blank: false,
  unique: false,
  text: false,
  secret: false,
  helpText: '',
  verboseName: name,
  ...more,
});

const link = (name: string, peer: string, more: Partial<LinkDefinition> = {}): LinkDefinition => ({
  name,
  kind: 'manytoone',
  peer,
  nullable: false,
  unique: false,
  state: 'declarative',
  helpText: '',
  verboseName: name,
  ...more,
});

const model = (
  name: string,
  fields: readonly FieldDefinition[],
  links: readonly LinkDefinition[] = [],
  more: Partial<ModelDefinition> = {},
): ModelDefinition => ({
  name,
  app: 'garden',
  plural: `${name.toLowerCase()}s`,
  abstract: false,
  bases: [],
  verboseName: name,
  description: '',
  fields,
  links,
  xosLinks: [],
  options: {},
  ...more,
});

const plantFields = [field('name', { maxLength: 20, unique: true })];

/** Beds hold plants, of which a rose is one; a bed may border on others. */
export const MODELS: readonly ModelDefinition[] = [
  model(
    'Bed',
    [
      field('name', { maxLength: 20 }),
      field('area', { type: 'double', default: 1, minValue: 0 }),
      field('sunny', { type: 'bool', default: false }),
      field('note', { nullable: true, blank: true, text: true }),
      field('tags', { repeated: true }),
      field('gate_code', { nullable: true, secret: true }),
      field('sensor', { nullable: true, state: 'feedback' }),
    ],
    [link('borders', 'Bed', { kind: 'manytomany', nullable: true })],
  ),
  model('Plant', plantFields, [link('bed', 'Bed')], { abstract: true }),
  model(
    'Rose',
    [
      ...plantFields,
      field('thorns', { type: 'int32', nullable: true }),
      field('version', { nullable: true }),
    ],
    [link('bed', 'Bed')],
    {
      bases: ['Plant'],
    },
  ),
];

export interface Garden {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly server: FastifyInstance;
  /** Send a request; what is answered, parsed. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

/** Whatever is answered: an object, a list or an error. */
export interface Body extends ApiObject {
  readonly items: readonly ApiObject[];
  readonly next?: string;
  readonly error: ApiErrorBody['error'];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Body;
}

/** Open a server over a database of its own that knows the garden's models. Nothing acts on them. */
export async function openGarden(
  config: Partial<Config> = {},
  { withStep = ['Rose'] }: { readonly withStep?: readonly string[] } = {},
): Promise<Garden> {
  const database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url });
  await store.ensureSchema();
  const models = MODELS.map((definition) => ({
    definition,
    hasStep: withStep.includes(definition.name),
    hasPolicy: false,
  }));
  await store.register({ synchronizer: 'garden', models });
  const server = createServer({
    store,
    config: { ...DEFAULTS, ...config },
    log: createLog({ level: 'silent' }),
  });
  return {
    store,
    databaseUrl: database.url,
    server,
    ask: (method, path, body, headers = {}) => ask(server, method, path, body, headers),
    async close() {
      await server.close();
      await store.close();
      await database.drop();
    },
  };
}

/** Strings are sent as they are, everything else as JSON. */
export async function ask(
  server: FastifyInstance,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const payload =
    body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await server.inject({
    method: method,
    url: path,
    headers: { host: '127.0.0.1:8000', ...json, ...headers },
    ...payload,
  } as InjectOptions);
  const isJson = String(response.headers['content-type']).startsWith('application/json');
  return {
    status: response.statusCode,
    headers: response.headers,
    // Metrics are text.
    body: (isJson ? response.json<Body>() : response.body) as Body,
  };
}
