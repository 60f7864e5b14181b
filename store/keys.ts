import { createHash } from 'node:crypto';
import type { ModelDefinition } from '../model/definition.ts';
import { own } from '../model/own.ts';
import type { Queryable } from './database.ts';
import { Refusal } from './errors.ts';
import type { Fields, Value } from './types.ts';

/**
 * Take the unique values of an object, and give back those that it had.
 *
 * Two writers of one value meet at the primary key: the later waits for the earlier and is then refused.
 *
 * @throws {Refusal} E_CONFLICT naming every value that is taken, and by whom
 */
export async function takeKeys(
  tx: Queryable,
  model: ModelDefinition,
  id: number,
  declarative: Fields,
): Promise<void> {
  const wanted = keysOf(model, declarative);
  if (wanted.length === 0 && !hasKeys(model)) return;
  await tx.query('delete from keys where object_id = $1 and key <> all ($2::text[])', [
    id,
    wanted.map(({ key }) => key),
  ]);
  if (wanted.length === 0) return;
  let taken = await tryToTake(tx, model, id, wanted);
  // What was taken when we tried to take it has been given back since: it is nobody's now, so try again.
  while (taken.length < wanted.length) taken = await tryToTake(tx, model, id, wanted);

  const others = taken.filter(({ object_id }) => object_id !== id);
  if (others.length === 0) return;
  const faults = others.map(({ key, object_id, deleted }) => {
    const fields = wanted.find((candidate) => candidate.key === key)?.fields ?? [];
    const by = `${model.name}/${object_id}${deleted ? ', which is being deleted' : ''}`;
    return {
      field: fields[0] ?? '',
      message: `${fields.join(' with ')} must be unique, and is taken by ${by}`,
    };
  });
  throw new Refusal('E_CONFLICT', faults.map(({ message }) => message).join('; '), { faults });
}

/** Take what is free, and see in a later statement who has what. */
async function tryToTake(
  tx: Queryable,
  model: ModelDefinition,
  id: number,
  wanted: readonly Key[],
): Promise<{ key: string; object_id: number; deleted: boolean }[]> {
  const keys = wanted.map(({ key }) => key);
  await tx.query(
    `insert into keys (scope, key, object_id) select $1, key, $3 from unnest($2::text[]) as k (key) order by key
     on conflict do nothing`,
    [model.name, keys, id],
  );
  return tx.query(
    `select k.key, k.object_id, o.deleted from keys k join objects o on o.id = k.object_id
      where k.scope = $1 and k.key = any ($2)`,
    [model.name, keys],
  );
}

/** A value that two objects have, and that only one may have. */
export interface Clash {
  readonly id: number;
  readonly message: string;
}

/**
 * Take the unique values of all objects of a model anew: other fields must be unique than before.
 *
 * @returns what more than one has; the object with the least id has kept it
 */
export async function retakeKeys(tx: Queryable, model: ModelDefinition): Promise<Clash[]> {
  await tx.query('delete from keys where scope = $1', [model.name]);
  if (!hasKeys(model)) return [];
  const clashes: Clash[] = [];
  for (let after = 0; ;) {
    const objects = await tx.query<{ id: number; declarative: Fields }>(
      'select id, declarative from objects where model = $1 and id > $2 order by id limit 1000',
      [model.name, after],
    );
    const wanted = objects.flatMap(({ id, declarative }) =>
      keysOf(model, declarative).map((key) => ({ ...key, id })),
    );
    const taken = await tx.query<{ key: string; object_id: number }>(TAKE_MANY, [
      model.name,
      wanted.map(({ key }) => key),
      wanted.map(({ id }) => id),
    ]);
    const owners = new Map(taken.map(({ key, object_id }) => [key, object_id]));
    for (const { key, fields, id } of wanted) {
      const owner = owners.get(key) ?? (await ownerOf(tx, model, key));
      if (owner === id) continue;
      clashes.push({
        id,
        message: `${fields.join(' with ')} must be unique: ${model.name}/${owner} has the same`,
      });
    }
    const last = objects.at(-1);
    if (last === undefined) return clashes;
    after = last.id;
  }
}

const TAKE_MANY = `insert into keys (scope, key, object_id)
  select distinct on (k.key) $1, k.key, k.id from unnest($2::text[], $3::bigint[]) as k (key, id) order by k.key, k.id
  on conflict do nothing returning key, object_id`;

async function ownerOf(tx: Queryable, model: ModelDefinition, key: string): Promise<number> {
  const [row] = await tx.query<{ object_id: number }>(
    'select object_id from keys where scope = $1 and key = $2',
    [model.name, key],
  );
  if (row === undefined) throw new Error(`the unique value ${key} of ${model.name} is nobody's`);
  return row.object_id;
}

/** A unique value that an object has or wants. */
export interface Key {
  readonly fields: readonly string[];
  readonly key: string;
}

/** The unique values in these fields; a group of which one is missing has none. */
export function keysOf(model: ModelDefinition, declarative: Fields): Key[] {
  return groupsOf(model).flatMap((fields) => {
    const values = fields.map((field) => own(declarative, field) ?? null);
    // As in SQL: what is null is like nothing else.
    if (values.includes(null)) return [];
    const text = fields
      .map((field, index) => `${field}=${JSON.stringify(comparable(values[index] ?? null))}`)
      .join('&');
    return [{ fields, key: text.length <= 200 ? text : createHash('sha256').update(text).digest('hex') }];
  });
}

const hasKeys = (model: ModelDefinition): boolean => groupsOf(model).length > 0;

/** The groups of fields whose values together are unique, each sorted by name. */
export function groupsOf(model: ModelDefinition): readonly (readonly string[])[] {
  const groups = [...model.fields, ...model.links].flatMap((member) => [
    ...(member.unique ? [[member.name]] : []),
    ...(member.uniqueWith === undefined ? [] : [[member.name, ...member.uniqueWith].sort()]),
  ]);
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}

// An object is itself, whatever model its reference was written with.
const comparable = (value: Value): unknown =>
  typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
