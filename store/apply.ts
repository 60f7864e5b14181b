import { isDeepStrictEqual } from 'node:util';
import type { LinkDefinition, ModelDefinition, Ref } from '../model/definition.ts';
import { idIn } from '../model/ids.ts';
import { own } from '../model/own.ts';
import { Refusal, type Fault } from './errors.ts';
import { keysOf, groupsOf } from './keys.ts';
import { readObject } from './read.ts';
import { leavesOf } from './registry.ts';
import { isStorable } from './storable.ts';
import type { Fields, StoredObject, Value } from './types.ts';
import {
  createObject,
  isUnchanged,
  masked,
  nameOf,
  unknownModel,
  updateObject,
  type Writing,
} from './write.ts';

/** An object as it is wanted. What is left out of `fields` stays as it is; links may be `Model/name`. */
export interface Wish {
  readonly model: string;
  readonly id?: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What was done for a wish. */
export interface Applied {
  readonly ref: Ref;
  readonly act: 'created' | 'updated' | 'unchanged';
  /** By field, what it was and what it is; secrets are masked. */
  readonly changes: Readonly<Record<string, { readonly before: Value; readonly after: Value }>>;
}

/**
 * Create what there is not, and change what there is, so that all of it is as wanted.
 *
 * Who is meant is told by `id`, else by unique values, else by name. What a wish links to by name may be another one
 * of them, wherever that stands.
 *
 * @param onDone is told how many have been looked at, after each
 * @returns one answer for each, in the same order
 * @throws {Refusal} E_INVALID naming every fault of every wish, as `items[2].owner`
 */
export async function applyObjects(
  writing: Writing,
  wishes: readonly Wish[],
  onDone?: (count: number) => void,
): Promise<Applied[]> {
  // One at a time: of two that create the same name the later finds what the earlier has created.
  await writing.tx.query('select pg_advisory_xact_lock(1633, 7)');
  const faults: Fault[] = [];
  const answers = new Map<number, Applied>();
  for (const [count, at] of inOrder(wishes).entries()) {
    onDone?.(count);
    const wish = wishes[at];
    if (wish === undefined) continue;
    try {
      answers.set(at, await applyOne(writing, wish, { wishes, answers }));
    } catch (error) {
      if (error instanceof Unmet) continue;
      if (!(error instanceof Refusal)) throw error;
      faults.push(...faultsOf(error, wish, at));
    }
  }
  if (faults.length > 0) {
    const said = faults.map(({ message }) => message).join('\n');
    throw new Refusal('E_INVALID', said, { faults });
  }
  return wishes.flatMap((_, at) => answers.get(at) ?? []);
}

/** What it refers to is refused itself, and has been said. */
class Unmet extends Error {}

interface Others {
  readonly wishes: readonly Wish[];
  readonly answers: ReadonlyMap<number, Applied>;
}

async function applyOne(writing: Writing, wish: Wish, others: Others): Promise<Applied> {
  const { tx, registry } = writing;
  const model = registry.get(wish.model)?.definition;
  if (model === undefined) throw unknownModel(registry, wish.model);
  const fields = await withLinks(writing, wish, model, others);
  const id = wish.id ?? (await idMeant(writing, model, fields));
  if (id === undefined) {
    const ref = await createObject(writing, model.name, { ...fields });
    return { ref, act: 'created', changes: {} };
  }
  const before = await readObject(tx, registry, { model: model.name, id });
  if (before === null)
    throw new Refusal('E_NOT_FOUND', `there is no ${model.name}/${id}: leave out id to create one`);
  const ref = { model: before.model, id };
  // Without a lock on it, which would be held until all is done: an attempt on it could not renew its lease meanwhile.
  if (await isUnchanged(writing, before, fields)) return { ref, act: 'unchanged', changes: {} };
  await updateObject(writing, ref, { ...fields });
  const after = await readObject(tx, registry, ref);
  const definition = registry.get(before.model)?.definition ?? model;
  const changes = after === null ? {} : changesOf(definition, before, after);
  return { ref, act: Object.keys(changes).length === 0 ? 'unchanged' : 'updated', changes };
}

/** The object that these fields mean; undefined: there is none yet. */
async function idMeant(
  { tx }: Writing,
  model: ModelDefinition,
  fields: Readonly<Record<string, unknown>>,
): Promise<number | undefined> {
  const keys = keysOf(model, asValues(model, fields));
  if (keys.length > 0) {
    const found = await tx.query<Ref & { readonly deleted: boolean }>(
      `select distinct o.id, o.model, o.deleted from keys k join objects o on o.id = k.object_id
        where k.scope = $1 and k.key = any ($2) order by o.id`,
      [model.name, keys.map(({ key }) => key)],
    );
    if (found.length > 1)
      throw new Refusal(
        'E_CONFLICT',
        `its unique values are those of several: ${found.map(nameOf).join(', ')}; give id`,
      );
    const [one] = found;
    if (one?.deleted === true)
      throw new Refusal(
        'E_CONFLICT',
        `${nameOf(one)} has its unique values and is being deleted: wait until it is gone`,
      );
    return one?.id;
  }
  const { name } = fields;
  if (typeof name !== 'string') {
    const groups = groupsOf(model).map((group) => group.join(' with '));
    const ways = ['id', ...groups, ...(model.fields.some((field) => field.name === 'name') ? ['name'] : [])];
    throw new Refusal('E_INVALID', `which ${model.name} is meant is not said: give ${ways.join(', or ')}`);
  }
  const found = await named(tx, [model.name], name);
  if (found.length > 1)
    throw new Refusal('E_CONFLICT', `${found.length} objects have this name: ${someOf(found)}; give id`);
  return found[0]?.id;
}

async function named(tx: Writing['tx'], models: readonly string[], name: string): Promise<Ref[]> {
  // Nothing can have such a name; that it may not is for whoever writes it to say.
  if (!isStorable(name)) return [];
  return tx.query<Ref>(
    `select o.id, o.model from objects o
      where o.model = any ($1) and not o.deleted and o.declarative @> $2 order by o.id limit 11`,
    [models, JSON.stringify({ name })],
  );
}

/** Put ids in the place of names of what the links lead to. */
async function withLinks(
  writing: Writing,
  wish: Wish,
  model: ModelDefinition,
  others: Others,
): Promise<Record<string, unknown>> {
  const fields: Record<string, unknown> = { ...wish.fields };
  const faults: Fault[] = [];
  for (const link of model.links) {
    const given = own(fields, link.name);
    if (given === undefined || given === null) continue;
    const parts: unknown[] = Array.isArray(given) ? given : [given];
    const targets: unknown[] = [];
    for (const part of parts) {
      const target = await targetOf(writing, link, part, others);
      if ('message' in target) faults.push({ field: link.name, message: `${link.name}: ${target.message}` });
      else targets.push(target.value);
    }
    fields[link.name] = Array.isArray(given) ? targets : targets[0];
  }
  if (faults.length > 0)
    throw new Refusal('E_INVALID', faults.map(({ message }) => message).join('; '), { faults });
  return fields;
}

async function targetOf(
  { tx, registry }: Writing,
  link: LinkDefinition,
  given: unknown,
  { wishes, answers }: Others,
): Promise<{ readonly value: unknown } | { readonly message: string }> {
  // What is no name is for the store to judge.
  if (typeof given !== 'string') return { value: given };
  const { model, name } = referenceIn(given, link);
  const id = idIn(name);
  if (id !== undefined) return { value: { model, id } };
  const models = leavesOf(registry, model);
  if (models.length === 0) return { message: unknownModel(registry, model).message };
  const among = wishes.findIndex((wish) => models.includes(wish.model) && wish.fields['name'] === name);
  if (among !== -1) {
    const answer = answers.get(among);
    if (answer === undefined) throw new Unmet();
    return { value: answer.ref };
  }
  const found = await named(tx, models, name);
  const [one] = found;
  if (one !== undefined && found.length === 1) return { value: one };
  if (found.length > 1)
    return { message: `${found.length} objects are named ${model}/${name}: give one of ${someOf(found)}` };
  return { message: `there is no ${model} named ${JSON.stringify(name)}` };
}

/** `Model/name`, or a name of the model that the link leads to. */
function referenceIn(text: string, link: LinkDefinition): { readonly model: string; readonly name: string } {
  const slash = text.indexOf('/');
  if (slash === -1) return { model: link.narrowed ?? link.peer, name: text };
  return { model: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The order in which to write them, so that what is referred to is there: by name of another wish. */
function inOrder(wishes: readonly Wish[]): number[] {
  const places = new Map<string, number>();
  wishes.forEach(({ fields }, at) => {
    const { name } = fields;
    if (typeof name === 'string' && !places.has(name)) places.set(name, at);
  });
  const order: number[] = [];
  const state = new Map<number, 'open' | 'done'>();
  // A stack of its own: a chain may be longer than calls may be nested.
  for (const first of wishes.keys()) {
    const stack = [first];
    for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
      const ahead = state.get(at) === undefined ? referredTo(wishes[at], places) : [];
      state.set(at, state.get(at) ?? 'open');
      const next = ahead.filter((one) => state.get(one) === undefined && one !== at);
      if (next.length > 0) {
        stack.push(...next);
        continue;
      }
      stack.pop();
      if (state.get(at) !== 'done') order.push(at);
      state.set(at, 'done');
    }
  }
  return order;
}

/** The other wishes whose names stand where this one may have links. */
function referredTo(wish: Wish | undefined, places: ReadonlyMap<string, number>): number[] {
  const texts = Object.entries(wish?.fields ?? {})
    .filter(([field]) => field !== 'name')
    .flatMap(([, value]) => [value].flat())
    .filter((value) => typeof value === 'string');
  return texts.flatMap((text) => places.get(text.slice(text.indexOf('/') + 1)) ?? []);
}

/** Links as they will be stored, for what is unique by them. */
function asValues(model: ModelDefinition, fields: Readonly<Record<string, unknown>>): Fields {
  const isLink = new Set(model.links.map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      (isLink.has(name) && typeof value === 'number' ? { model: '', id: value } : value) as Value,
    ]),
  );
}

function changesOf(model: ModelDefinition, before: StoredObject, after: StoredObject): Applied['changes'] {
  const [old, now] = [masked(model, before.declarative), masked(model, after.declarative)];
  const fields = Object.keys(after.declarative)
    .filter((name) => !isDeepStrictEqual(before.declarative[name], after.declarative[name]))
    .map((name) => [name, { before: old[name] ?? null, after: now[name] ?? null }] as const);
  const flags = (['no_sync', 'no_policy', 'pretend', 'write_protect'] as const)
    .filter((flag) => before[flag] !== after[flag])
    .map((flag) => [flag, { before: before[flag], after: after[flag] }] as const);
  return Object.fromEntries([...fields, ...flags]);
}

function faultsOf(refusal: Refusal, wish: Wish, at: number): Fault[] {
  const { name } = wish.fields;
  const who = `items[${at}] (${wish.model}${typeof name === 'string' ? ` ${name}` : ''})`;
  const faults = refusal.faults.length > 0 ? refusal.faults : [{ message: refusal.message } as Fault];
  return faults.map(({ field, message }) => ({
    field: `items[${at}]${field === undefined ? '' : `.${field}`}`,
    message: `${who}: ${message}`,
  }));
}

const someOf = (refs: readonly Ref[]): string =>
  refs.slice(0, 10).map(nameOf).join(', ') + (refs.length > 10 ? ', …' : '');
