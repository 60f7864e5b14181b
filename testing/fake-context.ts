import type { Logger, PolicyContext, SelectContext, StepContext } from '../define/context.ts';
import type { Model, ObjectOf, Ref } from '../define/model.ts';

/** An object that a test made up: what identifies it, and its fields. */
export interface FakeObject {
  readonly model: string;
  readonly id: number;
  readonly [field: string]: unknown;
}

/** By model, the names of those that extend it, directly or not: `find` of a base finds their objects, too. */
export type Descendants = Readonly<Record<string, readonly string[]>>;

export interface FakeContextOptions {
  /** What `follow`, `find` and `pending` know. */
  readonly objects?: readonly FakeObject[];
  /** @default no model has any */
  readonly descendants?: Descendants;
  /** @default false */
  readonly pretend?: boolean;
  /** @default one that is never aborted */
  readonly signal?: AbortSignal;
  /** @default 1 */
  readonly fence?: number;
  /** Called with what a step records in its midst; what it throws reaches the step. */
  readonly onRecord?: (feedback: Readonly<Record<string, unknown>>) => void | Promise<void>;
}

/** Something that author code logged. */
export interface Logged {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The context of a step, a policy and `fetchPending` in one, with what the code did with it. */
export interface FakeContext extends StepContext, SelectContext, PolicyContext {
  readonly logged: readonly Logged[];
  /** What `record` was given, in order. */
  readonly recorded: readonly Readonly<Record<string, unknown>>[];
  /** What a policy wrote, in order. */
  readonly written: readonly Written[];
}

export type Written =
  | { readonly act: 'create'; readonly object: FakeObject }
  | { readonly act: 'update'; readonly object: Ref; readonly changes: Readonly<Record<string, unknown>> }
  | { readonly act: 'remove'; readonly object: Ref };

/**
 * Make a context for a unit test of a step or policy, without server, database and Temporal.
 *
 * What a policy creates or updates is found by it from then on.
 */
export function fakeContext(options: FakeContextOptions = {}): FakeContext {
  const objects = new Map((options.objects ?? []).map((object) => [nameOf(object), object]));
  const logged: Logged[] = [];
  const recorded: Record<string, unknown>[] = [];
  const written: Written[] = [];
  const ofModels = (names: readonly string[]): FakeObject[] =>
    [...objects.values()].filter(({ model }) => names.includes(model)).toSorted((a, b) => a.id - b.id);

  const follow = async (ref: Ref | null): Promise<FakeObject | null> => {
    if (ref === null) return null;
    const object = objects.get(nameOf(ref));
    if (object !== undefined) return object;
    throw new Error(`the test knows no ${nameOf(ref)}: give it to fakeContext({ objects: […] })`);
  };
  const logAs =
    (level: keyof Logger) =>
    (fields: Record<string, unknown>, message: string): void => {
      logged.push({ level, message, fields });
    };
  const context = {
    logged,
    recorded,
    written,
    log: { debug: logAs('debug'), info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
    signal: options.signal ?? new AbortController().signal,
    pretend: options.pretend ?? false,
    fence: options.fence ?? 1,
    follow,
    find: async (model: Model, where: Readonly<Record<string, unknown>>) =>
      ofModels([model.name, ...(options.descendants?.[model.name] ?? [])]).filter((object) =>
        Object.entries(where).every(([name, value]) => isSame(object[name], value)),
      ),
    pending: async (model: Model) => ofModels([model.name]),
    record: async (feedback: Record<string, unknown>) => {
      recorded.push(feedback);
      await options.onRecord?.(feedback);
    },
    create: async (model: Model, state: Readonly<Record<string, unknown>>) => {
      const id = 1 + Math.max(0, ...[...objects.values()].map((object) => object.id));
      const object: FakeObject = { backend_handle: null, ...state, model: model.name, id };
      objects.set(nameOf(object), object);
      written.push({ act: 'create', object });
      return object;
    },
    update: async (ref: Ref, changes: Readonly<Record<string, unknown>>) => {
      const before = await follow(ref);
      if (before !== null) objects.set(nameOf(ref), { ...before, ...changes });
      written.push({ act: 'update', object: { model: ref.model, id: ref.id }, changes });
    },
    remove: async (ref: Ref) => {
      objects.delete(nameOf(ref));
      written.push({ act: 'remove', object: { model: ref.model, id: ref.id } });
    },
  };
  // The types of a model's objects are the author's; here they are plain data.
  return context as unknown as FakeContext;
}

/** Fields of an object by the types of its model, for a test that makes one up. */
export function fakeObject<M extends Model>(
  model: M,
  id: number,
  fields: Omit<ObjectOf<M>, 'model' | 'id' | 'backend_handle'> & { readonly backend_handle?: string | null },
): ObjectOf<M> & FakeObject {
  return { backend_handle: null, ...fields, model: model.name, id } as unknown as ObjectOf<M> & FakeObject;
}

/** A reference and the object that it points to are the same value of a link. */
function isSame(one: unknown, other: unknown): boolean {
  const ref = (value: unknown): string | undefined =>
    typeof value === 'object' && value !== null && 'model' in value && 'id' in value
      ? nameOf(value as Ref)
      : undefined;
  return one === other || (ref(one) !== undefined && ref(one) === ref(other));
}

/** `Model/id`. */
export const nameOf = ({ model, id }: Ref): string => `${model}/${id}`;
