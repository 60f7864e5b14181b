import type { FeedbackOf, Model, NewOf, ObjectOf, Ref, StateOf } from './model.ts';

/** The part of pino that author code needs. */
export interface Logger {
  readonly debug: (fields: Record<string, unknown>, message: string) => void;
  readonly info: (fields: Record<string, unknown>, message: string) => void;
  readonly warn: (fields: Record<string, unknown>, message: string) => void;
  readonly error: (fields: Record<string, unknown>, message: string) => void;
}

/** Read access to objects. Every member is a plain function: destructure freely. */
export interface Reader {
  /** Load the object that a reference points to. `null` in, `null` out. */
  readonly follow: {
    <M extends Model>(ref: Ref<M> & { readonly $of?: M }): Promise<ObjectOf<M>>;
    <M extends Model>(ref: (Ref<M> & { readonly $of?: M }) | null): Promise<ObjectOf<M> | null>;
  };
  /** Load every object of `model`, and of its descendants, whose fields equal `where`; ordered by id, without deleted ones. */
  readonly find: <M extends Model>(
    model: M,
    where: Partial<StateOf<M> & FeedbackOf<M>>,
  ) => Promise<ObjectOf<M>[]>;
}

/** What `fetchPending` may do: read the model, and ask what is due. */
export interface SelectContext extends Reader {
  /**
   * Load the objects of `model` that are due and have not been chosen yet: dirty ones; in `fetchPending(true)`, those
   * that are to be deleted. At most 1000, by id.
   */
  readonly pending: <M extends Model>(model: M) => Promise<ObjectOf<M>[]>;
}

/** What a step and a watcher may do: read the model, log, stop when asked, report feedback early. */
export interface StepContext<M extends Model = Model> extends Reader {
  /** Already bound to `synchronizer_name`, `sync_step`, `model` and `id`. */
  readonly log: Logger;
  /** Aborted when the attempt is to end: deletion, pause, a newer goal, shutdown, timeout. Pass it to all that waits. */
  readonly signal: AbortSignal;
  /** True when the object is only pretended: do everything but touch the back end. */
  readonly pretend: boolean;
  /** Grows with every attempt on this object. For back ends that can refuse a writer that is out of date. */
  readonly fence: number;
  /**
   * Store feedback now, in the middle of a step.
   *
   * So that a back-end id survives a crash between «created» and «returned»: the next attempt sees it.
   *
   * @throws when the attempt no longer holds the object; end the step then
   */
  readonly record: (feedback: Partial<FeedbackOf<M>>) => Promise<void>;
}

/** What a model policy may do: read and write declarative state. */
export interface PolicyContext extends Reader {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly create: <M extends Model>(model: M, state: NewOf<M>) => Promise<ObjectOf<M>>;
  readonly update: <M extends Model>(
    object: Ref & { readonly $of?: M },
    changes: Partial<StateOf<M>>,
  ) => Promise<void>;
  readonly remove: (object: Ref) => Promise<void>;
}
