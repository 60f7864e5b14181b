import { isDeepStrictEqual } from 'node:util';
import type { PolicyContext } from '../define/context.ts';
import { isBookkeeping } from '../model/bookkeeping.ts';
import type { ModelDefinition, Ref } from '../model/definition.ts';
import { reserveId, type PolicyWrite } from '../store/police.ts';
import { complete } from '../store/read.ts';
import { leavesOf } from '../store/registry.ts';
import type { Store } from '../store/store.ts';
import type { Fields, Value } from '../store/types.ts';
import { checkWrite, type Checked } from '../store/validate.ts';
import { guarded, POLICY_INSTEAD } from './guarded.ts';
import { collectSecrets, type AuthorObject } from './reader.ts';

/** What a policy wants written: kept here until it has returned, so that nothing is stored if it throws, or dies. */
export interface Draft {
  /** The policy's own object, as it sees it. */
  readonly own: AuthorObject;
  readonly context: Pick<PolicyContext, 'follow' | 'find' | 'create' | 'update' | 'remove'>;
  /** Wait for calls that the policy has not waited for; then nothing can be added any more. */
  close(): Promise<void>;
  readonly writes: readonly PolicyWrite[];
  /** The version of each object as it was first read, by id. */
  readonly seen: ReadonlyMap<number, number>;
}

/** An object as the policy sees it: stored, or with what it has drafted itself. */
interface View extends Ref {
  readonly fields: Fields;
  readonly isRemoved: boolean;
}

interface Source extends Ref {
  readonly declarative: Fields;
  readonly feedback: Fields;
  readonly version: number;
}

/**
 * Open the draft of one run of a policy. Its reads see what it has drafted.
 *
 * @param secrets collects the values of secret fields: a policy cannot read them, yet an error text may hold them
 */
export async function openDraft(store: Store, object: Source, secrets: Set<string>): Promise<Draft> {
  const registry = await store.models();
  const writes: PolicyWrite[] = [];
  const seen = new Map<number, number>();
  const drafted = new Map<number, View>();
  const calls: Promise<unknown>[] = [];
  let isClosed = false;

  const definitionOf = (model: string): ModelDefinition => {
    const definition = registry.get(model)?.definition;
    if (definition === undefined) throw new TypeError(`there is no model ${JSON.stringify(model)}`);
    return definition;
  };
  const note = ({ model, id, declarative, feedback, version }: Source): View => {
    const fields = { ...declarative, ...feedback };
    collectSecrets(registry.get(model)?.definition, fields, secrets);
    if (!seen.has(id)) seen.set(id, version);
    return drafted.get(id) ?? { model, id, fields, isRemoved: false };
  };
  const show = ({ model, id, fields }: View): AuthorObject => {
    const hidden = definitionOf(model).fields.filter(({ secret }) => secret);
    return guarded(
      { ...fields, model, id },
      POLICY_INSTEAD,
      hidden.map(({ name }) => name),
    );
  };
  const read = async ({ model, id }: Ref): Promise<View> => {
    const view = drafted.get(id);
    if (view?.isRemoved === true) throw new Error(`${model}/${id} is removed by this policy`);
    if (view !== undefined) return view;
    const stored = await store.get({ model, id });
    if (stored === null) throw new Error(`there is no ${model}/${id}`);
    return note(stored);
  };
  const draft = (write: PolicyWrite, view: View): void => {
    if (isClosed) throw new Error('this policy has returned: what it writes now would be lost');
    writes.push(write);
    drafted.set(view.id, view);
  };

  const actions = {
    follow: async (ref: Ref | null): Promise<AuthorObject | null> =>
      ref === null ? null : show(await read(ref)),

    find: async (
      { name }: { readonly name: string },
      where: Record<string, unknown>,
    ): Promise<AuthorObject[]> => {
      const wanted = plain(where);
      const stored = await store.find(name, wanted as Fields);
      const leaves = leavesOf(registry, name);
      const own = [...drafted.values()].filter(
        (view) => !view.isRemoved && leaves.includes(view.model) && matches(view.fields, wanted),
      );
      return [...stored.filter(({ id }) => !drafted.has(id)).map(note), ...own]
        .sort((a, b) => a.id - b.id)
        .map(show);
    },

    create: async (
      { name }: { readonly name: string },
      state: Record<string, unknown>,
    ): Promise<AuthorObject> => {
      const definition = definitionOf(name);
      if (definition.abstract) throw new TypeError(`${name} is abstract: it has no objects of its own`);
      const fields = plain(state);
      const checked = check(definition, fields, `${name} cannot be created`, true);
      const ref = { model: name, id: await reserveId(store.database) };
      const declarative = withChanges({}, definition, checked);
      const all = complete(definition, { declarative, feedback: {} });
      const view = { ...ref, fields: { ...all.declarative, ...all.feedback }, isRemoved: false };
      draft({ kind: 'create', ref, fields }, view);
      return show(view);
    },

    update: async (object: Ref, state: Record<string, unknown>): Promise<void> => {
      const ref = refOf(object);
      const changes = plain(state);
      const view = await read(ref);
      const definition = definitionOf(view.model);
      const checked = check(definition, changes, `${ref.model}/${ref.id} cannot be changed`, false);
      draft(
        { kind: 'update', ref, changes },
        { ...view, fields: withChanges(view.fields, definition, checked) },
      );
    },

    remove: async (object: Ref): Promise<void> => {
      const ref = refOf(object);
      const view = await read(ref);
      draft({ kind: 'remove', ref }, { ...view, isRemoved: true });
    },
  };
  const tracked =
    <A extends readonly unknown[], T>(call: (...given: A) => Promise<T>) =>
    (...given: A): Promise<T> => {
      const running = call(...given);
      calls.push(running);
      return running;
    };

  return {
    own: show(note(object)),
    // The types that authors see are those of their own models; here every object is alike.
    context: {
      follow: actions.follow,
      find: actions.find,
      create: tracked(actions.create),
      update: tracked(actions.update),
      remove: tracked(actions.remove),
    } as unknown as Draft['context'],
    async close() {
      await Promise.all(calls);
      isClosed = true;
    },
    writes,
    seen,
  };
}

/** Every fault at once, where the policy made it: not only when all is written. */
function check(
  definition: ModelDefinition,
  fields: Record<string, unknown>,
  what: string,
  isNew: boolean,
): Checked {
  const checked = checkWrite(definition, fields, isNew);
  const bookkeeping = Object.keys(checked.flags).filter(isBookkeeping);
  const faults = [
    ...checked.faults.map(({ message }) => message),
    ...bookkeeping.map((name) => `${name} is bookkeeping: a policy writes declarative state only`),
  ];
  if (faults.length > 0) throw new TypeError(`${what}: ${faults.join('; ')}`);
  return checked;
}

function withChanges(before: Fields, definition: ModelDefinition, { scalars, links }: Checked): Fields {
  const changed: Record<string, Value> = { ...before, ...scalars };
  for (const { name, kind, peer } of definition.links) {
    const targets = links[name]?.map(({ model = peer, id }) => ({ model, id }));
    if (targets !== undefined) changed[name] = kind === 'manytomany' ? targets : (targets[0] ?? null);
  }
  return changed;
}

const matches = (fields: Fields, where: Record<string, unknown>): boolean =>
  Object.entries(where).every(([name, value]) => isDeepStrictEqual(fields[name], value));

const refOf = ({ model, id }: Ref): Ref => ({ model, id });

/** What an author hands in, with objects as references, and without what is left undefined. */
function plain(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(plainValue) : plainValue(value)]),
  );
}

const plainValue = (value: unknown): unknown => (isRef(value) ? refOf(value) : value);

const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && 'model' in value && 'id' in value;
