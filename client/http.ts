import type { Ref } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import { attempting, type Attempts } from './attempts.ts';
import { operating, type Operating } from './operate.ts';
import { ApiError, createAsk, LONG_MS, type ClientOptions } from './request.ts';
import type { ApiList, ApiModel, ApiObject } from './wire.ts';

export type * from './attempt-wire.ts';
export type * from './operate-wire.ts';
export { ApiError, ServerUnavailable, type ClientOptions } from './request.ts';
export type { ApiErrorBody, ApiField, ApiList, ApiModel, ApiObject } from './wire.ts';

export interface ListOptions {
  /** Begin behind this id; not together with `sort`. */
  readonly after?: number;
  /** @default 100, at most 1000 */
  readonly limit?: number;
  /** `Error`, `Waiting`, …; any of these. `blocked` is what waits for a failed one. */
  readonly state?: readonly string[];
  /** A field, or one with `-` before it for the other way round. @default by id */
  readonly sort?: string;
  /** Filters as REST spells them: `{name: 'web', area__lt: '3'}`. Without one on `deleted` or `state`: live objects only. */
  readonly where?: Readonly<Record<string, string>>;
}

/** Fields as REST spells them: links as `<link>_id` or `<link>_ids`. */
export type ApiFields = Readonly<Record<string, unknown>>;

/** Typed access to the REST API. Every method throws {@link ApiError} or {@link ServerUnavailable}. */
export interface Client extends Operating, Attempts {
  readonly server: string;
  /** The registered models; asked once, and again when a name is not among them. */
  models(): Promise<readonly ApiModel[]>;
  create(model: string, fields: ApiFields): Promise<ApiObject>;
  get(ref: Ref): Promise<ApiObject>;
  /** The first page. */
  list(model: string, options?: ListOptions): Promise<readonly ApiObject[]>;
  /** All objects, page by page. */
  all(model: string, options?: ListOptions): AsyncGenerator<ApiObject>;
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

/** Create a client of the server's REST API. It connects when it is first used. */
export function createClient(options: ClientOptions): Client {
  const server = options.server.replace(/\/+$/, '');
  const ask = createAsk(options);
  let known: readonly ApiModel[] = [];

  async function models(): Promise<readonly ApiModel[]> {
    known = (await ask<ApiList<ApiModel>>('GET', '/xosapi/v1/accord/models')).items;
    return known;
  }

  async function pathOf(name: string): Promise<string> {
    const isNamed = (model: ApiModel) => model.name === name;
    // A worker may have registered it since.
    const model = known.find(isNamed) ?? (await models()).find(isNamed);
    if (model === undefined) throw unknownModel(name, known);
    return `/xosapi/v1/${model.app}/${model.plural}`;
  }

  async function firstPage(model: string, options: ListOptions): Promise<ApiList<ApiObject>> {
    const { after, limit, state = [], sort, where = {} } = options;
    const query = new URLSearchParams(where);
    if (after !== undefined) query.set('after', String(after));
    if (limit !== undefined) query.set('limit', String(limit));
    if (state.length > 0) query.set('state', state.join(','));
    if (sort !== undefined) query.set('sort', sort);
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    return ask('GET', (await pathOf(model)) + search);
  }

  return {
    ...operating(ask, options),
    ...attempting(ask, options),
    server,
    models,
    list: async (model, options = {}) => (await firstPage(model, options)).items,
    create: async (model, fields) => ask('POST', await pathOf(model), { body: fields }),
    get: async (ref) => ask('GET', `${await pathOf(ref.model)}/${ref.id}`),
    async *all(model, options = {}) {
      let page = await firstPage(model, { limit: 500, ...options });
      yield* page.items;
      while (page.next !== undefined) {
        page = await ask<ApiList<ApiObject>>('GET', page.next);
        yield* page.items;
      }
    },
    update: async (ref, changes, { version } = {}) =>
      ask('PATCH', `${await pathOf(ref.model)}/${ref.id}`, {
        body: changes,
        ...(version === undefined ? {} : { headers: { 'if-match': `"${version}"` } }),
      }),
    remove: async (ref, { cascade = false, orphan = false } = {}) => {
      const path = `${await pathOf(ref.model)}/${ref.id}?cascade=${String(cascade)}&orphan=${String(orphan)}`;
      const patience = cascade ? { timeoutMs: LONG_MS } : {};
      return (await ask<{ deleted: readonly string[] }>('DELETE', path, patience)).deleted;
    },
    sync: (ref) => ask('POST', `/xosapi/v1/accord/objects/${ref.model}/${ref.id}/sync`),
  };
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
