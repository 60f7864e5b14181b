import type { Model } from './model.ts';
import type { AnsibleStep, InstanceStep, Step } from './step.ts';
import type { Policy } from './policy.ts';
import type { ModelLink, Watcher } from './watcher.ts';

/**
 * A definition whose own model is not known any more.
 *
 * Its functions take the objects of that model, so that no common type but this one holds them all.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- variance: see above; nothing is read through it
type Any = any;

export type AnyStep =
  | (Step<Any> & { readonly kind: 'step' })
  | (AnsibleStep<Any> & { readonly kind: 'ansible' })
  | (InstanceStep<Any> & { readonly kind: 'instance' });
export type AnyPolicy = Policy<Any> & { readonly kind: 'policy' };
export type AnyWatcher = Watcher<Any, readonly ModelLink<Any>[]> & { readonly kind: 'watcher' };

/** A synchronizer: what it is called, the models that it brings, and the code that makes them real. */
export interface Synchronizer {
  /** Names it and its task queue; `name` in accord.yaml must agree. */
  readonly name: string;
  /** Its xproto file or files. */
  readonly models: URL | readonly URL[];
  readonly steps?: readonly AnyStep[];
  readonly policies?: readonly AnyPolicy[];
  readonly watchers?: readonly AnyWatcher[];
  /** Dependencies and watch paths beyond those of the models. */
  readonly xosLinks?: Readonly<Record<string, readonly ModelLink[]>>;
}

/** Define a synchronizer. The default export of `synchronizer.ts`. */
export function defineSynchronizer(definition: Synchronizer): Synchronizer {
  return definition;
}

/** The names of the models that a step or watcher synchronizes. */
export function modelNamesOf({ synchronizes }: { readonly synchronizes: unknown }): string[] {
  return [synchronizes as Model | readonly Model[]].flat().map(({ name }) => name);
}
