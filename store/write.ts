import { isDeepStrictEqual } from 'node:util';
import { isWritableBookkeeping } from '../model/bookkeeping.ts';
import type { ModelDefinition, Ref } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import type { Queryable } from './database.ts';
import { ModelsChanged, Refusal } from './errors.ts';
import { takeKeys } from './keys.ts';
import { followLinks } from './graph.ts';
import { addLinks, linkValue, removeLinks, resolveLinks, type Links } from './links.ts';
import { readObject } from './read.ts';
import type { RegisteredModel, Registry } from './registry.ts';
import { depthOf } from './depth.ts';
import type { Fields, StoredObject, Value, Writer } from './types.ts';
import { checkWrite, type Checked } from './validate.ts';

/** What a write runs with: one transaction, the models as they were at its beginning, and who writes. */
export interface Writing {
  readonly tx: Queryable;
  readonly registry: Registry;
  readonly writer: Writer;
}

/**
 * Create an object, and put it into the outbox in the same transaction.
 *
 * @param id when it was reserved before @default a new one
 * @throws {Refusal} E_UNKNOWN_MODEL; E_INVALID with every fault; E_CONFLICT when a unique value is taken
 */
export async function createObject(
  writing: Writing,
  name: string,
  given: Record<string, unknown>,
  id: number | null = null,
): Promise<Ref> {
  const { tx, registry, writer } = writing;
  const model = concreteModel(registry, name);
  const checked = checkWrite(model.definition, given, true);
  const { links, faults } = await resolveLinks(tx, registry, model.definition, checked.links);
  refuseFaults(`${name} was not created`, [...checked.faults, ...faults]);

  const declarative = declarativeOf(model.definition, {}, checked, links);
  const flags = { no_sync: false, no_policy: false, pretend: false, write_protect: false, ...checked.flags };
  const [row] = await tx.query<{ id: number; hasWork: boolean }>(INSERT, [
    id,
    name,
    JSON.stringify(declarative),
    flags.no_sync,
    flags.no_policy,
    flags.write_protect,
    depthOf(writer),
    model.revision,
    flags.pretend,
  ]);
  if (row === undefined) throw new ModelsChanged(name);
  await takeKeys(tx, model.definition, row.id, declarative);
  const ref = { model: name, id: row.id };
  await addLinks(tx, ref, links);
  await followLinks(tx, row.id, links, {}, true);
  await audit(
    writing,
    'created',
    { model: name, id: row.id },
    { after: masked(model.definition, declarative) },
  );
  if (row.hasWork) await tell(tx, row.id, writer);
  return { model: name, id: row.id };
}

// The model's row is share-locked: a registration that changes it sees this object, or is seen here: then there is no
// row of that revision (design 3.2).
const INSERT = `insert into objects (id, model, declarative, enacted, no_sync, no_policy, write_protect, depth, has_policy,
                                    pretend)
  select coalesce($1, nextval('object_ids')), m.name, $3::jsonb, case when needs_nobody(m.name, $5::boolean) then 1 end,
         $4::boolean, $5::boolean, $6::boolean, $7::integer, m.has_policy, $9::boolean
    from models m where m.name = $2 and m.revision = $8 for share
  returning id, has_work(objects) as "hasWork"`;

/**
 * Change declarative state: what is left out stays, null clears. A write that changes nothing is no change.
 *
 * @param options.version refuse when this is not the stored version any more
 * @throws {Refusal} E_NOT_FOUND; E_STALE with the current object; E_INVALID with every fault; E_CONFLICT
 */
export async function updateObject(
  writing: Writing,
  ref: Ref,
  given: Record<string, unknown>,
  options: { readonly version?: number } = {},
): Promise<void> {
  const { tx, registry, writer } = writing;
  const object = await lockObject(writing, ref, 'no key update');
  const model = concreteModel(registry, object.model);
  if (options.version !== undefined && options.version !== object.version)
    throw staleness(object, options.version);
  // no_sync may be what keeps it from being deleted.
  if (object.deleted && !Object.keys(given).every(isWritableBookkeeping)) {
    throw new Refusal('E_INVALID', `${nameOf(object)} is being deleted, and cannot be changed`);
  }

  await keepModel(tx, model);
  const { checked, links, faults, declarative, changed, flags } = await compare(
    writing,
    model.definition,
    object,
    given,
  );
  refuseFaults(`${nameOf(object)} was not changed`, faults);
  if (changed.length === 0 && flags.length === 0) return;

  const moved = Object.keys(links).filter((field) => changed.includes(field));
  const set = {
    no_sync: object.no_sync,
    no_policy: object.no_policy,
    pretend: object.pretend,
    write_protect: object.write_protect,
    ...checked.flags,
  };
  // Whether policies are due decides what is done next: so that counts as a new goal, and ends a backoff.
  const isTurned = set.no_policy !== object.no_policy && model.hasPolicy && isPolicedBehind(object);
  const [row] = await tx.query<{ hasWork: boolean }>(UPDATE, [
    object.id,
    JSON.stringify(declarative),
    changed.length > 0 ? 1 : 0,
    changed.length > 0 || isTurned ? 1 : 0,
    set.no_sync,
    set.no_policy,
    set.write_protect,
    depthOf(writer),
    set.pretend,
  ]);
  await takeKeys(tx, model.definition, object.id, declarative);
  await removeLinks(tx, object.id, moved, links);
  const added = Object.fromEntries(moved.map((field) => [field, links[field] ?? []]));
  await addLinks(tx, object, added);
  await followLinks(tx, object.id, added, linksBefore(object, moved), false);
  // Becoming unmanaged ends the waits on it; a later statement than the one that changed it (design 3.2).
  if (checked.flags['no_sync'] === true || checked.flags['no_policy'] === true)
    await tx.query('select release_waiters($1)', [object.id]);
  const pick = (fields: Fields): Fields =>
    masked(model.definition, Object.fromEntries(changed.map((key) => [key, fields[key] ?? null])));
  await audit(writing, 'updated', object, {
    before: {
      ...pick(object.declarative),
      ...Object.fromEntries(flags.map(([flag, value]) => [flag, !value])),
    },
    after: { ...pick(declarative), ...Object.fromEntries(flags) },
  });
  // With no_sync it may wait no longer for what it waited for.
  if (row?.hasWork === true || checked.flags['no_sync'] === true) await tell(tx, object.id, writer);
}

/**
 * Would this write change nothing? Asked without a lock on the object, and so no promise: as if the write had come before whatever
 * comes meanwhile. What is to be refused is for the write to refuse.
 */
export async function isUnchanged(
  writing: Writing,
  object: StoredObject,
  given: Record<string, unknown>,
): Promise<boolean> {
  if (object.deleted) return false;
  const { definition } = concreteModel(writing.registry, object.model);
  const { faults, changed, flags } = await compare(writing, definition, object, given);
  return faults.length + changed.length + flags.length === 0;
}

/** What a write would make of an object. */
async function compare(
  { tx, registry }: Writing,
  model: ModelDefinition,
  object: StoredObject,
  given: Record<string, unknown>,
) {
  const checked = checkWrite(model, given, false);
  const { links, faults } = await resolveLinks(tx, registry, model, checked.links);
  const declarative = declarativeOf(model, object.declarative, checked, links);
  return {
    checked,
    links,
    faults: [...checked.faults, ...faults],
    declarative,
    changed: Object.keys(declarative).filter(
      (key) => !isDeepStrictEqual(declarative[key], object.declarative[key]),
    ),
    flags: Object.entries(checked.flags).filter(
      ([flag, value]) => object[flag as keyof StoredObject] !== value,
    ),
  };
}

const UPDATE = `update objects
   set declarative = $2, version = version + $3, generation = generation + $4,
       enacted = case when needs_nobody(model, $6) then generation + $4 else enacted end,
       no_sync = $5, no_policy = $6, write_protect = $7, pretend = $9,
       depth = case when $3 > 0 then $8 else depth end,
       failures = case when $4 > 0 then 0 else failures end,
       next_attempt_at = case when $4 > 0 then null else next_attempt_at end,
       updated = now()
 where id = $1
returning has_work(objects) as "hasWork"`;

/** Keep a model as it was read until the transaction ends. */
async function keepModel(tx: Queryable, { definition, revision }: RegisteredModel): Promise<void> {
  const rows = await tx.query('select 1 from models where name = $1 and revision = $2 for share', [
    definition.name,
    revision,
  ]);
  if (rows.length === 0) throw new ModelsChanged(definition.name);
}

const isPolicedBehind = ({ policed, version }: StoredObject): boolean =>
  policed === null || policed < version;

/** Read an object and keep it as it is until the transaction ends. */
export async function lockObject(
  { tx, registry }: Writing,
  ref: Ref,
  strength: 'update' | 'no key update',
): Promise<StoredObject> {
  if (!registry.has(ref.model)) throw unknownModel(registry, ref.model);
  await tx.query(`select 1 from objects where id = $1 for ${strength}`, [ref.id]);
  const object = await readObject(tx, registry, ref);
  if (object === null) throw new Refusal('E_NOT_FOUND', `there is no ${nameOf(ref)}`);
  return object;
}

/** Refuse a write that was made against what is not there any more. */
export function staleness(object: StoredObject, version: number): Refusal {
  return new Refusal(
    'E_STALE',
    `${nameOf(object)} has changed: the write was made against version ${version}, version ${object.version} is stored`,
    { current: object },
  );
}

export function unknownModel(registry: Registry, name: string): Refusal {
  const guess = nearest(name, [...registry.keys()]);
  return new Refusal(
    'E_UNKNOWN_MODEL',
    `there is no model ${JSON.stringify(name)}${guess === undefined ? '' : `; did you mean ${guess}?`}`,
  );
}

function concreteModel(registry: Registry, name: string): RegisteredModel {
  const model = registry.get(name);
  if (model === undefined) throw unknownModel(registry, name);
  if (model.definition.abstract) {
    throw new Refusal('E_INVALID', `${name} is abstract: it has no objects of its own`);
  }
  return model;
}

function declarativeOf(model: ModelDefinition, before: Fields, checked: Checked, links: Links): Fields {
  const values: Record<string, Value> = { ...before, ...checked.scalars };
  for (const link of model.links) {
    const targets = links[link.name];
    if (targets !== undefined) values[link.name] = linkValue(link, targets);
  }
  return values;
}

/** What the links in these fields led to. */
function linksBefore({ declarative }: StoredObject, fields: readonly string[]): Links {
  const refsIn = (value: Value | undefined): readonly Ref[] => [value].flat().filter(isRef);
  return Object.fromEntries(fields.map((field) => [field, refsIn(declarative[field])]));
}

const isRef = (value: Value | undefined): value is Ref =>
  typeof value === 'object' && value !== null && 'id' in value;

function refuseFaults(what: string, faults: readonly { message: string }[]): void {
  if (faults.length === 0) return;
  throw new Refusal('E_INVALID', `${what}: ${faults.map(({ message }) => message).join('; ')}`, { faults });
}

/** Put an object into the outbox: what one person waits for goes before what came in bulk. */
export async function tell(tx: Queryable, id: number, writer: Writer): Promise<void> {
  await tx.query("select tell($1, 'changed', $2::smallint)", [id, writer.isBulk === true ? 4 : 2]);
}

/** Write the audit trail. */
export async function audit({ tx, writer }: Writing, kind: string, ref: Ref, detail: object): Promise<void> {
  await tx.query('insert into events (kind, model, object_id, writer, detail) values ($1, $2, $3, $4, $5)', [
    kind,
    ref.model,
    ref.id,
    writer.name,
    JSON.stringify(detail),
  ]);
}

/** The same with secrets masked. */
export function masked(model: ModelDefinition, fields: Fields): Fields {
  const secrets = new Set(model.fields.filter(({ secret }) => secret).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      secrets.has(name) && value !== null ? '(secret)' : value,
    ]),
  );
}

export const nameOf = (ref: Ref): string => `${ref.model}/${ref.id}`;
