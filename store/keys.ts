import { createHash } from 'node:crypto';
import type { ModelDefinition } from '../model/definition.ts';
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

interface Key {
  readonly fields: readonly string[];
  readonly key: string;
}

function keysOf(model: ModelDefinition, declarative: Fields): Key[] {
  return groupsOf(model).flatMap((fields) => {
    const values = fields.map((field) => declarative[field] ?? null);
    // As in SQL: what is null is like nothing else.
    if (values.includes(null)) return [];
    const text = fields
      .map((field, index) => `${field}=${JSON.stringify(comparable(values[index] ?? null))}`)
      .join('&');
    return [{ fields, key: text.length <= 200 ? text : createHash('sha256').update(text).digest('hex') }];
  });
}

const hasKeys = (model: ModelDefinition): boolean => groupsOf(model).length > 0;

function groupsOf(model: ModelDefinition): string[][] {
  const groups = [...model.fields, ...model.links].flatMap((member) => [
    ...(member.unique ? [[member.name]] : []),
    ...(member.uniqueWith === undefined ? [] : [[member.name, ...member.uniqueWith].sort()]),
  ]);
  return [...new Map(groups.map((group) => [group.join(), group])).values()];
}

// An object is itself, whatever model its reference was written with.
const comparable = (value: Value): unknown =>
  typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
