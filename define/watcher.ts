import type { Logger, Reader } from './context.ts';
import type { FeedbackOf, Model, ObjectOf, Ref, StateOf } from './model.ts';

/** A path from the synchronized model to a watched one. */
export interface ModelLink<M extends Model = Model> {
  readonly model: M;
  /** Field of the synchronized model that leads to `model`. */
  readonly via: string;
  /** Field of `model` to watch. Absent: every field. */
  readonly into?: string;
}

/** What happened to a watched object, and what a watcher may do about it. */
export interface WatchedEvent extends Reader {
  readonly event: 'added' | 'updated' | 'deleted';
  readonly changedFields: readonly string[];
  /** The values of the changed fields before the change. */
  readonly before: Readonly<Record<string, unknown>>;
  /** The objects of `synchronizes` that reach the watched object. */
  readonly affected: readonly Ref[];
  /** Stable: the same event delivered twice has the same id. */
  readonly id: number;
  /** Already bound to `synchronizer_name`, `sync_step`, `model` and `id`. */
  readonly log: Logger;
  /** Aborted when the worker shuts down. */
  readonly signal: AbortSignal;
}

export type HandleWatchedObject<M extends Model = Model> = (
  object: ObjectOf<M>,
  event: WatchedEvent,
) => void | Promise<void>;

/** Name a watched model and the path to it. */
export function modelLink<const M extends Model>(
  model: M,
  path: { readonly via: string; readonly into?: keyof (StateOf<M> & FeedbackOf<M>) & string },
): ModelLink<M> {
  return { model, ...path };
}

/** Answers changes of linked objects, one event at a time in the order of their commits, at least once. */
export interface Watcher<S extends Model, L extends readonly ModelLink[]> {
  readonly synchronizes: S | readonly S[];
  /** The watched models, explicitly. */
  readonly watched?: L;
  /** All models within this many dependencies; ignored when `watched` is given. @default 0 */
  readonly watchDegree?: number;
  handleWatchedObject(object: ObjectOf<L[number]['model']>, event: WatchedEvent): void | Promise<void>;
}

/**
 * Define a watcher.
 *
 * What it throws is tried again, five times in all; then the event is given up and passed by:
 * `accord watchers` shows it, and `accord watchers retry` delivers it again.
 */
export function watcher<const S extends Model, const L extends readonly ModelLink[]>(
  definition: Watcher<S, L>,
): Watcher<S, L> & { readonly kind: 'watcher' } {
  return { kind: 'watcher', ...definition };
}
