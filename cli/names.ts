import type { Client } from '../client/http.ts';
import type { ApiModel, ApiObject } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { idIn } from '../model/ids.ts';
import { nearest } from '../model/suggest.ts';
import { UsageError } from './explain.ts';

/** Find a model by its name, in any case, or by its plural. */
export function modelNamed(name: string, models: readonly ApiModel[]): ApiModel {
  const wanted = name.toLowerCase();
  const found =
    models.find((model) => model.name === name) ??
    models.find((model) => model.name.toLowerCase() === wanted || model.plural === wanted);
  if (found !== undefined) return found;
  if (models.length === 0) {
    throw new UsageError(
      'no model is registered yet: start a worker, as in `accord worker synchronizers/exampleservice`',
    );
  }
  const names = models.map((model) => model.name);
  const suggestion = nearest(name, names);
  const hint =
    suggestion === undefined ? `registered are ${names.join(', ')}` : `did you mean ${suggestion}?`;
  throw new UsageError(`there is no model ${JSON.stringify(name)}; ${hint}`);
}

/** `Model/rest`, split; the rest is absent where a model alone is named. */
export function split(text: string): { readonly model: string; readonly rest: string | undefined } {
  const slash = text.indexOf('/');
  if (slash === -1) return { model: text, rest: undefined };
  return { model: text.slice(0, slash), rest: text.slice(slash + 1) };
}

/** Load the object that `Model/id` or `Model/name` means. */
export async function objectNamed(
  text: string,
  models: readonly ApiModel[],
  client: Client,
): Promise<ApiObject> {
  const { model: name, rest = '' } = split(text);
  const model = modelNamed(name, models);
  if (rest === '')
    throw new UsageError(`name one object, as in ${model.name}/1; ${model.name} alone means all of them`);
  const id = idIn(rest);
  return id === undefined ? byName(model, rest, client) : client.get({ model: model.name, id });
}

async function byName(model: ApiModel, name: string, client: Client): Promise<ApiObject> {
  if (!model.fields.some((field) => field.name === 'name')) {
    throw new UsageError(`objects of ${model.name} have no name: give the id, as in ${model.name}/1`);
  }
  const found = await client.list(model.name, { where: { name } });
  if (found[0] !== undefined && found.length === 1) return found[0];
  const which = found.slice(0, 10).map((object) => spell(object));
  if (found.length > 1)
    throw new UsageError(
      `${found.length} objects are named ${model.name}/${name}: give the id, one of ${which.join(', ')}`,
    );
  throw new UsageError(
    `there is no ${model.name} named ${JSON.stringify(name)}; \`accord get ${model.name}\` lists them`,
  );
}

export function refOf(object: ApiObject): Ref {
  return { model: object.leaf_model_name, id: object.id };
}

/** `Model/id`, as it can be pasted back. */
export function spell(object: ApiObject): string {
  return `${object.leaf_model_name}/${object.id}`;
}

/** `Model/id name`, for people. */
export function title(object: ApiObject): string {
  const name = object['name'];
  return typeof name === 'string' && name !== '' ? `${spell(object)} ${name}` : spell(object);
}
