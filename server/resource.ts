import type { FastifyRequest } from 'fastify';
import type { Ref } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import { Refusal } from '../store/errors.ts';
import type { RegisteredModel, Registry } from '../store/registry.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../store/types.ts';
import { unknownModel } from '../store/write.ts';

/** Path parameters of `/xosapi/v1/<app>/<plural>[/<id>]`. */
export interface ResourcePath {
  readonly app: string;
  readonly plural: string;
  readonly id?: string;
}

/**
 * Find the model that a path names. Models come and go while the server runs, so that paths are resolved by request.
 *
 * @throws {Refusal} E_UNKNOWN_MODEL with the nearest path that exists
 */
export function modelAt(path: ResourcePath, registry: Registry): RegisteredModel {
  const models = [...registry.values()];
  const found = models.find(({ definition: { app, plural } }) => app === path.app && plural === path.plural);
  if (found !== undefined) return found;
  const paths = models.map(({ definition: { app, plural } }) => `${app}/${plural}`);
  const suggestion = nearest(`${path.app}/${path.plural}`, paths);
  const known = paths.length === 0 ? 'no model is registered yet' : `there are: ${paths.join(', ')}`;
  throw new Refusal(
    'E_UNKNOWN_MODEL',
    `no model has the path ${path.app}/${path.plural}; ${suggestion === undefined ? known : `did you mean ${suggestion}?`}`,
  );
}

/** The id in a path. What is no id names no object. */
export function idAt(path: Pick<ResourcePath, 'id'>, model: string): number {
  const id = /^[1-9]\d{0,15}$/.test(path.id ?? '') ? Number(path.id) : NaN;
  if (Number.isSafeInteger(id)) return id;
  throw notFound(model, path.id ?? '');
}

/** Path parameters of `…/accord/objects/<Model>/<id>/…`. */
export type ObjectRequest = FastifyRequest<{ Params: { readonly model: string; readonly id: string } }>;

/**
 * The object that `…/accord/objects/<Model>/<id>/…` names; the model may be a base of its own.
 *
 * @throws {Refusal} E_UNKNOWN_MODEL; E_NOT_FOUND when the id cannot be one
 */
export async function objectAt(
  store: Store,
  { params }: ObjectRequest,
): Promise<{ readonly registry: Registry; readonly ref: Ref }> {
  const registry = await store.models();
  if (!registry.has(params.model)) throw unknownModel(registry, params.model);
  return { registry, ref: { model: params.model, id: idAt(params, params.model) } };
}

/** The same, read. @throws {Refusal} E_NOT_FOUND when there is none */
export async function objectThere(
  store: Store,
  request: ObjectRequest,
): Promise<{ readonly registry: Registry; readonly object: StoredObject }> {
  const { registry, ref } = await objectAt(store, request);
  const object = await store.get(ref);
  if (object === null) throw notFound(ref.model, ref.id);
  return { registry, object };
}

export function notFound(model: string, id: string | number): Refusal {
  return new Refusal('E_NOT_FOUND', `there is no ${model}/${id}`);
}
