import type { Reader, SelectContext, StepContext } from './context.ts';
import type { FeedbackOf, Model, ObjectOf, Ref } from './model.ts';
import type { HandleWatchedObject, ModelLink } from './watcher.ts';

export type Awaitable<T> = T | Promise<T>;

/** What every kind of step may say about itself. */
export interface StepBase<M extends Model> {
  /** The models that this step answers for. A model has exactly one step. */
  readonly synchronizes: M | readonly M[];
  /** Objects that must be synchronized before this one, besides those that its links say. */
  dependsOn?(object: ObjectOf<M>, context: Reader): Awaitable<readonly Ref[]>;
  /**
   * Choose the objects that are due.
   *
   * What it does not return waits, «not selected»; what it returns and is clean is synchronized again. What it
   * throws is shown of the synchronizer, and it is asked again.
   *
   * @param deleted asks for those of the deleted objects that are due; else, of the others
   * @default the dirty objects (or, when `deleted`, those marked for deletion): `context.pending(Model)`
   */
  fetchPending?(deleted: boolean, context: SelectContext): Awaitable<readonly Ref[]>;
  /** How often `fetchPending` is asked besides every change. @default 60_000 @format milliseconds */
  readonly pollEveryMs?: number;
  /** Longest time that one attempt may take. @default 30 minutes @format milliseconds */
  readonly timeoutMs?: number;
  /** Waits between failures: initial × factorⁿ, ± 20 %, at most max. @default 5 s, 2, 10 minutes @format milliseconds */
  readonly retry?: { readonly initialMs?: number; readonly factor?: number; readonly maxMs?: number };
  /** What a running attempt does when the goal changes under it. @default 'finish' */
  readonly onNewGoal?: 'finish' | 'cancel';
  /** Most attempts of this step at once, over all workers. */
  readonly concurrency?: number;
  /** Name the back end of an object, for `limits` in accord.yaml. */
  backend?(object: ObjectOf<M>): string;
  /** Synchronize clean objects again this often, against drift. Off by default. @format milliseconds */
  readonly resyncEveryMs?: number;
  /** The first attempt is short (5 seconds at most) and runs beside the workflow. */
  readonly inline?: boolean;
  /** The step itself heeds `context.pretend`, and may be called while pretending. */
  readonly pretend?: boolean;
  /** A hybrid: a step that also answers events on linked objects. */
  readonly watched?: readonly ModelLink[];
  readonly watchDegree?: number;
  handleWatchedObject?: HandleWatchedObject;
}

/** A step that talks to the back end itself. */
export interface Step<M extends Model> extends StepBase<M> {
  /**
   * Make the back end match `object`, and return the feedback to record.
   *
   * Called again after any failure, so it must be idempotent.
   *
   * @throws {DeferredException} to try again after a constant delay, without marking the object as failed
   * @throws {PermanentException} to stop trying until the goal changes
   * @throws anything else to put the object in the error state and hold its dependents
   */
  syncRecord(object: ObjectOf<M>, context: StepContext<M>): Awaitable<Partial<FeedbackOf<M>> | void>;
  /** Remove `object` from the back end. Succeeds when there is nothing left to remove. */
  deleteRecord(object: ObjectOf<M>, context: StepContext<M>): Awaitable<void>;
}

/** What `getExtraAttributes` returns when there is nothing to run: the object is done without its playbook. */
export const skip = 'skip';

/** Variables of a playbook: JSON. What is undefined is left out, so that `default()` in the playbook applies. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A step whose work is done by an Ansible playbook. */
export interface AnsibleStep<M extends Model> extends StepBase<M> {
  /** Playbook file, relative to the synchronizer's `playbooks/` folder. */
  readonly templateName: string;
  /**
   * Map `object` to the variables of the playbook: JSON values only.
   *
   * @returns `skip` when there is nothing to run
   * @default the fields of the object
   */
  getExtraAttributes?(object: ObjectOf<M>, context: StepContext<M>): Awaitable<Attributes | typeof skip>;
  /** Map what the playbook published with `set_stats` to the feedback to record. */
  mapOutputs?(outputs: Attributes, object: ObjectOf<M>): Partial<FeedbackOf<M>>;
  /** Code, or a playbook, which then gets the same variables and `delete: true`. */
  readonly deleteRecord?: { readonly templateName: string } | DeleteRecord<M>;
}

// A method's type, not a function's: methods may be passed where any step is wanted, whatever its model.
type DeleteRecord<M extends Model> = {
  of(object: ObjectOf<M>, context: StepContext<M>): Awaitable<void>;
}['of'];

/**
 * An Ansible step that runs over ssh on the Instance of its object (SyncInstanceUsingAnsible).
 *
 * Waits, as deferrals, until the Instance is there, has an `instance_name` (which its playbook finds under that name),
 * and an address. Its host key must be known: nothing is run on a machine that only claims to be the Instance.
 */
export interface InstanceStep<M extends Model> extends AnsibleStep<M> {
  /** The link that leads to the Instance. @default 'instance' */
  readonly instance?: keyof ObjectOf<M> & string;
  /**
   * File of the private key to reach it with, relative to the synchronizer's folder.
   *
   * @default the `private_key_fn` of the object's service, else of the Instance's; else the keys of the agent
   */
  readonly serviceKeyName?: string;
  /** @default what the playbook says, else 'ubuntu' */
  readonly user?: string;
  /** @default on a management network; else the Instance's `ip`; else on any network */
  address?(object: ObjectOf<M>, context: Reader): Awaitable<string | null>;
  /** The keys that it may show, as in known_hosts: `ssh-ed25519 AAAA…`. @default those in the Instance's `host_keys` */
  hostKeys?(object: ObjectOf<M>, context: Reader): Awaitable<readonly string[]>;
  /**
   * Trust the first key that it shows, when none is known, and record it in this feedback field: from then on it
   * is the one that is known.
   */
  readonly trustOnFirstUse?: keyof ObjectOf<M> & string;
}

/** Define a step that talks to the back end itself. */
export function step<const M extends Model>(definition: Step<M>): Step<M> & { readonly kind: 'step' } {
  return { kind: 'step', ...definition };
}

/** Define a step whose work is done by an Ansible playbook. */
export function ansibleStep<const M extends Model>(
  definition: AnsibleStep<M>,
): AnsibleStep<M> & { readonly kind: 'ansible' } {
  return { kind: 'ansible', ...definition };
}

/** Define an Ansible step that runs on the Instance of its object. */
export function instanceStep<const M extends Model>(
  definition: InstanceStep<M>,
): InstanceStep<M> & { readonly kind: 'instance' } {
  return { kind: 'instance', ...definition };
}
