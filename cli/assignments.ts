import type { Client } from '../client/http.ts';
import type { ApiField, ApiModel } from '../client/wire.ts';
import { isBookkeeping, isWritableBookkeeping } from '../model/bookkeeping.ts';
import { idIn } from '../model/ids.ts';
import { nearest } from '../model/suggest.ts';
import { UsageError } from './explain.ts';
import { objectNamed } from './names.ts';
import { unfitForJson } from './unfit-json.ts';

interface Target {
  readonly client: Client;
  readonly model: ApiModel;
  readonly models: readonly ApiModel[];
}

/**
 * Read `field=value` (text, by the type of the field) and `field:=json` into the fields of a write.
 *
 * Links are `owner=ExampleService/1`, by name `owner=ExampleService/web`, or by the bare id; several are separated
 * by commas, and none is the empty text.
 *
 * @throws {UsageError} naming everything that is wrong, at once
 */
export async function readAssignments(
  texts: readonly string[],
  target: Target,
): Promise<Record<string, unknown>> {
  const faults: string[] = [];
  const fields: [string, unknown][] = [];
  for (const text of texts) {
    try {
      fields.push(await read(text, target));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      faults.push(error.message);
    }
  }
  const names = fields.map(([name]) => name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  faults.push(...[...twice].map((name) => `${name} is given twice`));
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  return Object.fromEntries(fields);
}

async function read(text: string, target: Target): Promise<[string, unknown]> {
  const [, name, operator, value = ''] = /^(\w+)(:?=)(.*)$/s.exec(text) ?? [];
  if (name === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no assignment: give field=value or field:=json`);
  const field = fieldNamed(name, target.model);
  if (operator === ':=') return [field?.name ?? name, parseJson(name, value)];
  // What Accord writes itself is sent as it is: the server says why it is refused.
  if (field === undefined) return [name, isWritableBookkeeping(name) ? scalar(name, 'bool', value) : value];
  if (field.type === 'link') return [field.name, await links(field, value, target)];
  if (field.repeated) return [field.name, parts(value).map((part) => scalar(name, field.type, part))];
  return [field.name, scalar(name, field.type, value)];
}

function fieldNamed(name: string, model: ApiModel): ApiField | undefined {
  const plain = (field: ApiField) => (field.type === 'link' ? field.name.replace(/_ids?$/, '') : field.name);
  const found = model.fields.find((field) => field.name === name || plain(field) === name);
  if (found !== undefined || isBookkeeping(name)) return found;
  const known = model.fields.filter((field) => field.state === 'declarative').map(plain);
  const suggestion = nearest(name, known);
  const hint =
    suggestion === undefined ? `its fields are ${known.join(', ')}` : `did you mean ${suggestion}?`;
  throw new UsageError(`${model.name} has no field ${name}; ${hint}`);
}

function scalar(name: string, type: string, value: string): unknown {
  if (type === 'string' || type === 'enum' || type === 'bytes') return value;
  if (type === 'bool') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw new UsageError(`${name} must be true or false`);
  }
  const number = value.trim() === '' ? NaN : Number(value);
  if (Number.isFinite(number)) return number;
  throw new UsageError(`${name} must be a number`);
}

async function links(field: ApiField, value: string, { client, models }: Target): Promise<unknown> {
  const ids = await Promise.all(parts(value).map((part) => idOf(part, field.peer ?? '', models, client)));
  if (field.repeated) return ids;
  if (ids.length > 1) throw new UsageError(`${field.name} is one link: give one of ${value}`);
  return ids[0] ?? null;
}

async function idOf(
  text: string,
  peer: string,
  models: readonly ApiModel[],
  client: Client,
): Promise<number> {
  const id = idIn(text);
  if (id !== undefined) return id;
  return (await objectNamed(text.includes('/') ? text : `${peer}/${text}`, models, client)).id;
}

function parts(value: string): string[] {
  return value === '' ? [] : value.split(',').map((part) => part.trim());
}

function parseJson(name: string, value: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${name}:= must be JSON: ${reason}`);
  }
  const unfit = unfitForJson(parsed);
  if (unfit !== undefined) throw new UsageError(`${name} ${unfit}`);
  return parsed;
}
