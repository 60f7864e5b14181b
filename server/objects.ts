import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiList, ApiObject } from '../client/wire.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { readList } from '../store/list.ts';
import type { Registry } from '../store/registry.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../store/types.ts';
import { judged, replacing, wantedBy, type Wanted } from './body.ts';
import { writerOf } from './caller.ts';
import { listQuery, spellPosition } from './list-query.ts';
import { removeQuery, versionIn } from './query.ts';
import { idAt, modelAt, notFound, type ResourcePath } from './resource.ts';
import { spell, viewOf } from './view.ts';

type Request = FastifyRequest<{
  Params: ResourcePath;
  Querystring: Record<string, string | string[] | undefined>;
}>;

/** Serve the objects of every registered model in XOS's manner: `/xosapi/v1/<app>/<plural>[/<id>]`. */
export function serveObjects(app: FastifyInstance, store: Store): void {
  const collection = '/xosapi/v1/:app/:plural';
  const one = `${collection}/:id`;

  app.get(collection, async (request: Request): Promise<ApiList<ApiObject>> => {
    const { registry, model } = await locate(store, request);
    const wanted = listQuery(request.query, model);
    const { objects, next } = await readList(store.database, registry, model.name, wanted);
    const items = objects.map((object) => selected(shown(object, registry), wanted.fields));
    if (next === undefined) return { items };
    const query = new URLSearchParams(request.url.split('?')[1]);
    query.set('after', spellPosition(next, wanted.order !== undefined));
    return { items, next: `/xosapi/v1/${model.app}/${model.plural}?${query.toString()}` };
  });

  app.post(collection, async (request: Request, reply) => {
    const { registry, model } = await locate(store, request);
    const wanted = wantedBy(request.body, model);
    const object = await store.write(writerOf(request), async (tx) => {
      const ref = await judged(wanted, model, (fields) => tx.create(model.name, fields));
      return found(await tx.get(ref), model, ref.id);
    });
    void reply.status(201).header('location', `/xosapi/v1/${model.app}/${model.plural}/${object.id}`);
    return answer(reply, object, registry);
  });

  app.get(one, async (request: Request, reply) => {
    const { registry, model } = await locate(store, request);
    const id = idAt(request.params, model.name);
    return answer(reply, found(await store.get({ model: model.name, id }), model, id), registry);
  });

  app.patch(one, (request: Request, reply) => write(request, reply, (wanted) => wanted));
  app.put(one, (request: Request, reply) => write(request, reply, replacing));

  app.delete(one, async (request: Request): Promise<{ deleted: string[] }> => {
    const { model } = await locate(store, request);
    const ref = { model: model.name, id: idAt(request.params, model.name) };
    const version = versionIn(request.headers['if-match'], undefined);
    const options = { ...removeQuery(request.query), ...(version === undefined ? {} : { version }) };
    return { deleted: (await store.write(writerOf(request), (tx) => tx.remove(ref, options))).map(spell) };
  });

  async function write(
    request: Request,
    reply: FastifyReply,
    completed: (wanted: Wanted, model: ModelDefinition) => Wanted,
  ): Promise<ApiObject> {
    const { registry, model } = await locate(store, request);
    const id = idAt(request.params, model.name);
    const object = await store.write(writerOf(request), async (tx) => {
      // The path may name a base: its leaf model says what may be written.
      const { model: leaf } = found(await tx.get({ model: model.name, id }), model, id);
      const definition = registry.get(leaf)?.definition ?? model;
      const { version, wanted } = againstVersion(request, wantedBy(request.body, definition), definition);
      await judged(completed(wanted, definition), definition, (fields) =>
        tx.update({ model: leaf, id }, fields, version === undefined ? {} : { version }),
      );
      return found(await tx.get({ model: leaf, id }), model, id);
    });
    return answer(reply, object, registry);
  }
}

async function locate(
  store: Store,
  request: Request,
): Promise<{ registry: Registry; model: ModelDefinition }> {
  const registry = await store.models();
  return { registry, model: modelAt(request.params, registry).definition };
}

/** The version that the write was made against is no field of the object, unless its model has one of that name. */
function againstVersion(
  request: Request,
  wanted: Wanted,
  model: ModelDefinition,
): { version: number | undefined; wanted: Wanted } {
  const ifMatch = request.headers['if-match'];
  if (model.fields.some((field) => field.name === 'version'))
    return { version: versionIn(ifMatch, undefined), wanted };
  const { version: inBody, ...fields } = wanted.fields;
  return { version: versionIn(ifMatch, inBody), wanted: { ...wanted, fields } };
}

function found(object: StoredObject | null, model: ModelDefinition, id: number): StoredObject {
  if (object === null) throw notFound(model.name, id);
  return object;
}

function shown(object: StoredObject, registry: Registry): ApiObject {
  const model = registry.get(object.model);
  if (model === undefined) throw new Error(`${spell(object)} is stored, but its model is not registered`);
  return viewOf(object, model.definition);
}

/** The fields that were asked for; whose they are is always said. */
function selected(object: ApiObject, fields: readonly string[] | undefined): ApiObject {
  if (fields === undefined) return object;
  const kept = new Set(['id', 'leaf_model_name', ...fields]);
  return Object.fromEntries(
    Object.entries(object).filter(([name]) => kept.has(name)),
  ) as unknown as ApiObject;
}

function answer(reply: FastifyReply, object: StoredObject, registry: Registry): ApiObject {
  void reply.header('etag', `"${object.version}"`);
  return shown(object, registry);
}
