import type { Ref } from '../model/definition.ts';

/** What the workflow asks of a worker. Ids, generations and outcomes pass here, never the values of objects. */
export interface Activities {
  /** Decide what an object needs now. A local activity: short, SQL only. */
  prepare(ref: Ref): Promise<Decision>;
  /** Ask the step of an object what it depends on besides its links. A local activity, too. */
  evaluate(ref: Ref): Promise<void>;
  runPolicies(ref: Ref, attempt: Attempt): Promise<AttemptEnd>;
  syncRecord(ref: Ref, attempt: Attempt): Promise<AttemptEnd>;
  runPlaybook(ref: Ref, attempt: Attempt): Promise<AttemptEnd>;
  deleteRecord(ref: Ref, attempt: Attempt): Promise<AttemptEnd>;
  /** Tell a watcher of what has happened, one event after the other. */
  deliverEvents(watcher: string): Promise<Visit>;
  /** Ask a step which of its objects are due. */
  fetchPending(poller: string): Promise<Visit>;
}

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'evaluate' }
  /** Until a signal; or until the next attempt is due. `why` names objects and times, for people. */
  | { readonly kind: 'wait'; readonly waitMs: number | null; readonly why: string }
  | Attempt;

/** An attempt that is due. */
export interface Attempt extends Terms {
  readonly kind: 'police' | 'sync' | 'delete';
  /** Fences it: an attempt with a lower token changes nothing any more. */
  readonly token: number;
  readonly generation: number;
}

/** What Temporal must know to run an attempt. */
export interface Terms {
  readonly activity: 'runPolicies' | 'syncRecord' | 'runPlaybook' | 'deleteRecord';
  /** Longer than the step's own timeout, which the activity enforces and records. @format milliseconds */
  readonly startToCloseMs: number;
  /** @format milliseconds */
  readonly heartbeatMs: number;
  /** It is short: to be tried as a local activity first. */
  readonly inline?: true;
}

/** How long until there is more to do: 0 at once, null when somebody will say so. */
export interface Visit {
  /** @format milliseconds */
  readonly waitMs: number | null;
}

/** `again`: look at what is due now. */
export type AttemptEnd = 'done' | 'again';
