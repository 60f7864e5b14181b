import type { BackendCode, State } from '../store/types.ts';

/** An object by its name. */
export interface ApiNamed {
  /** `Model/id`. */
  readonly object: string;
  readonly name: string | null;
}

/** An object that is not done, or what holds one back. Times are RFC 3339. */
export interface ApiCause extends ApiNamed {
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly backend_status: string;
  /** Since when it has been in this state. */
  readonly since: string;
  readonly generation: number;
  readonly enacted: number | null;
  readonly deleted: boolean;
  readonly failures: number;
  /** Attempts for the goal that it has now. */
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  /** The failures since it was last synchronized; `texts` is how many different ones they said. */
  readonly trouble: {
    readonly times: number;
    readonly first_seen: string | null;
    readonly last_seen: string | null;
    readonly texts: number;
  };
}

/** What one can do about it, and the command that does it, where there is one. */
export interface ApiAdvice {
  readonly text: string;
  readonly command: string | null;
}

/** Why an object is as it is. */
export interface ApiWhy {
  /** From the object to its root cause, each waiting for the next. It alone when nothing else holds it. */
  readonly chain: readonly ApiCause[];
  /** How many are left out of the middle of a long chain. */
  readonly omitted: number;
  /** Who else waits for the last in the chain: all of them counted, the first few named. */
  readonly others: { readonly count: number; readonly first: readonly ApiNamed[] };
  readonly advice: readonly ApiAdvice[];
}

/** A pause, and whose. `until` is null until somebody resumes. */
export interface ApiPause {
  readonly scope: 'object' | 'model' | 'synchronizer';
  /** `Model/id`, the model, or the synchronizer. */
  readonly target: string;
  readonly reason: string;
  readonly by: string;
  readonly since: string;
  readonly until: string | null;
}
