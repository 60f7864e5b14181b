import type { Fault } from '../store/errors.ts';
import type { Ref } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import type { ApiErrorBody, ApiList, ApiModel, ApiObject } from './wire.ts';

export type { ApiErrorBody, ApiField, ApiList, ApiModel, ApiObject } from './wire.ts';

export interface ClientOptions {
  /** Base address of the server, as in `http://127.0.0.1:8000`. */
  readonly server: string;
  readonly token?: string | undefined;
  /** @default the global one */
  readonly fetch?: typeof fetch;
  /** Longest time that one request may take. @default 30 seconds @format milliseconds */
  readonly timeoutMs?: number;
}

export interface ListOptions {
  /** Begin behind this id. */
  readonly after?: number;
  /** @default 100, at most 1000 */
  readonly limit?: number;
  /** Only live objects whose one named field equals this value. */
  readonly where?: readonly [field: string, value: string];
}

/** Fields as REST spells them: links as `<link>_id` or `<link>_ids`. */
export type ApiFields = Readonly<Record<string, unknown>>;

/** Typed access to the REST API. Every method throws {@link ApiError} or {@link ServerUnavailable}. */
export interface Client {
  readonly server: string;
  /** The registered models; asked once, and again when a name is not among them. */
  models(): Promise<readonly ApiModel[]>;
  create(model: string, fields: ApiFields): Promise<ApiObject>;
  get(ref: Ref): Promise<ApiObject>;
  /** One page, in the order of ids. */
  list(model: string, options?: ListOptions): Promise<readonly ApiObject[]>;
  /** All objects, page by page. */
  all(model: string): AsyncGenerator<ApiObject>;
  /** Fields that are left out stay. With `version`, refused (E_STALE) when that is not the stored one. */
  update(ref: Ref, changes: ApiFields, options?: { readonly version?: number }): Promise<ApiObject>;
  /**
   * Mark for deletion, with `cascade` all that depends on it too. Returns what was marked, as `Model/id`.
   *
   * With `orphan`, what the back end may have of it is given up: it is gone at once.
   */
  remove(
    ref: Ref,
    options?: { readonly cascade?: boolean; readonly orphan?: boolean },
  ): Promise<readonly string[]>;
  /** Have it synchronized again, at once and with a fresh failure count. */
  sync(ref: Ref): Promise<ApiObject>;
}

/** The server answered, and not with success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** `E_INVALID`, `E_STALE`, …; `E_HTTP` when the answer is not Accord's. */
  readonly code: string;
  readonly faults: readonly Fault[];
  readonly current: ApiObject | undefined;
  readonly dependents: readonly string[];

  constructor(status: number, error: ApiErrorBody['error']) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.faults = error.faults;
    this.current = error.current;
    this.dependents = error.dependents ?? [];
  }
}

/** No answer: nothing listens there, or not in time. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';
  readonly code = 'E_SERVER_UNAVAILABLE';
  readonly server: string;

  constructor(server: string, cause: unknown) {
    super(`the server at ${server} cannot be reached: ${innermost(cause)}`, { cause });
    this.server = server;
  }
}

/** Create a client of the server's REST API. It connects when it is first used. */
export function createClient(options: ClientOptions): Client {
  const server = options.server.replace(/\/+$/, '');
  let known: readonly ApiModel[] = [];

  async function models(): Promise<readonly ApiModel[]> {
    known = (await request<ApiList<ApiModel>>(options, 'GET', '/xosapi/v1/accord/models')).items;
    return known;
  }

  async function pathOf(name: string): Promise<string> {
    const isNamed = (model: ApiModel) => model.name === name;
    // A worker may have registered it since.
    const model = known.find(isNamed) ?? (await models()).find(isNamed);
    if (model === undefined) throw unknownModel(name, known);
    return `/xosapi/v1/${model.app}/${model.plural}`;
  }

  async function list(model: string, { after, limit, where }: ListOptions = {}) {
    const query = new URLSearchParams(where === undefined ? [] : [[...where]]);
    if (after !== undefined) query.set('after', String(after));
    if (limit !== undefined) query.set('limit', String(limit));
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    return (await request<ApiList<ApiObject>>(options, 'GET', (await pathOf(model)) + search)).items;
  }

  return {
    server,
    models,
    list,
    create: async (model, fields) => request(options, 'POST', await pathOf(model), { body: fields }),
    get: async (ref) => request(options, 'GET', `${await pathOf(ref.model)}/${ref.id}`),
    async *all(model) {
      const limit = 500;
      for (
        let after = 0, page;
        page === undefined || page.length === limit;
        after = page.at(-1)?.id ?? after
      ) {
        page = await list(model, { after, limit });
        yield* page;
      }
    },
    update: async (ref, changes, { version } = {}) =>
      request(options, 'PATCH', `${await pathOf(ref.model)}/${ref.id}`, {
        body: changes,
        ...(version === undefined ? {} : { headers: { 'if-match': `"${version}"` } }),
      }),
    remove: async (ref, { cascade = false, orphan = false } = {}) => {
      const path = `${await pathOf(ref.model)}/${ref.id}?cascade=${String(cascade)}&orphan=${String(orphan)}`;
      return (await request<{ deleted: readonly string[] }>(options, 'DELETE', path)).deleted;
    },
    sync: (ref) => request(options, 'POST', `/xosapi/v1/accord/objects/${ref.model}/${ref.id}/sync`),
  };
}

async function request<T>(
  options: ClientOptions,
  method: string,
  path: string,
  content: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<T> {
  const server = options.server.replace(/\/+$/, '');
  const call = options.fetch ?? fetch;
  let response: Response;
  let body: string;
  try {
    response = await call(server + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(content.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...content.headers,
      },
      ...(content.body === undefined ? {} : { body: JSON.stringify(content.body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
    });
    body = await response.text();
  } catch (cause) {
    throw new ServerUnavailable(server, cause);
  }
  const answer = parse(body);
  if (response.ok && answer !== undefined) return answer as T;
  throw new ApiError(response.status, errorIn(answer) ?? foreign(server, response.status));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function errorIn(answer: unknown): ApiErrorBody['error'] | undefined {
  const body = answer as Partial<ApiErrorBody> | null | undefined;
  return typeof body?.error?.message === 'string' ? body.error : undefined;
}

function foreign(server: string, status: number): ApiErrorBody['error'] {
  const message = `${server} answered ${status}, and not as an Accord server does: is the address right?`;
  return { code: 'E_HTTP', message, faults: [] };
}

function unknownModel(name: string, models: readonly ApiModel[]): ApiError {
  const names = models.map((model) => model.name);
  const suggestion = nearest(name, names);
  const hint =
    suggestion === undefined
      ? `registered are: ${names.join(', ') || 'none'}`
      : `did you mean ${suggestion}?`;
  return new ApiError(404, {
    code: 'E_UNKNOWN_MODEL',
    message: `there is no model ${name}; ${hint}`,
    faults: [],
  });
}

/** `fetch failed` says nothing; what it wraps does. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error.cause === undefined ? error.message : innermost(error.cause);
}
