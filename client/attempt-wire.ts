/** An attempt on an object: one run of its step or policy for one generation. The last twenty are kept. Times are RFC 3339. */
export interface ApiAttempt {
  /** Counts from 1, per object. */
  readonly number: number;
  readonly kind: 'sync' | 'delete' | 'police';
  readonly generation: number | null;
  readonly worker: string;
  readonly started: string;
  /** Null while it runs. */
  readonly finished: string | null;
  readonly duration_ms: number | null;
  /** `synced`, `failed`, `deferred`, …; null while it runs. */
  readonly outcome: string | null;
  /** Of a failure: stable, for machines. */
  readonly code: string | null;
  /** Why it did not succeed, at length. */
  readonly text: string | null;
  /** The recap of a playbook, or what the step says of itself. */
  readonly summary: string | null;
  /** What its playbook was run with is kept. */
  readonly has_bundle: boolean;
}

/** The same, with what its code has logged. */
export interface ApiAttemptDetail extends ApiAttempt {
  /** The last lines. */
  readonly log: string | null;
}

/** The end of what its playbook printed. */
export interface ApiOutput {
  readonly output: string | null;
}

/** What happened in a playbook: `event` says what, and with that what else there is. */
export interface ApiAttemptEvent {
  /** Grows; where to go on. */
  readonly number: number;
  readonly at: string;
  /** `play`, `task`, `result`, `no_hosts`, `stats`, `template_error`, `note`. */
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What a playbook was run with, without secrets: see backend/sys-bundle.ts. */
export interface ApiBundle {
  /** `Model/id`, and the application of the model. */
  readonly object: string;
  readonly app: string;
  readonly synchronizer: string;
  readonly bundle: Readonly<Record<string, unknown>>;
}
