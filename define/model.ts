/** A reference to an object, as it is stored. Follow it to load the object. */
export interface Ref<M extends Model = Model> {
  readonly model: NameOf<M>;
  readonly id: number;
}

/**
 * A model, as a value that also carries its types.
 *
 * `State` is declarative: people and policies write it.
 * `Feedback` is what steps report back: handles, addresses, measured values.
 * `Optional` names what may be left out on create: it is nullable, or has a default.
 *
 * The name of a base model is the union of its leaf models' names, since that is what a reference to it holds.
 */
export interface Model<
  Name extends string = string,
  State extends object = object,
  Feedback extends object = object,
  Optional extends PropertyKey = PropertyKey,
> {
  readonly name: string;
  /** Absent at run time; only there to carry the types. */
  readonly $types?: {
    readonly name: Name;
    readonly state: State;
    readonly feedback: Feedback;
    readonly optional: Optional;
  };
}

export type NameOf<M> = M extends Model<infer N> ? N : never;
export type StateOf<M> = M extends Model<string, infer S> ? S : never;
export type FeedbackOf<M> = M extends Model<string, object, infer F> ? F : never;

/** The declarative state that a new object needs: what has a default, or may be null, may be left out. */
export type NewOf<M> =
  M extends Model<string, infer S, object, infer O>
    ? Omit<S, Extract<O, keyof S>> & Partial<Pick<S, Extract<O, keyof S>>>
    : never;

/** What author code receives: identity, declarative state and feedback state, all read-only. */
export type ObjectOf<M> = M extends Model
  ? Ref<M> & { readonly $of?: M } & Readonly<StateOf<M>> & Readonly<FeedbackOf<M>>
  : never;

/** Declare a model. For generated `models.gen.ts` files; not meant to be written by hand. */
export function defineModel<
  Name extends string,
  State extends object,
  Feedback extends object = object,
  Optional extends keyof State = never,
>(name: string): Model<Name, State, Feedback, Optional> {
  return { name };
}
