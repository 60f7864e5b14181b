import type { BackendCode, State } from '../store/types.ts';
import type { ApiErrorBody } from './wire.ts';

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

/** An object in few words, as lists of very many show it. Times are RFC 3339. */
export interface ApiStanding extends ApiNamed {
  readonly state: State;
  readonly backend_code: BackendCode;
  /** Its beginning. */
  readonly backend_status: string;
  /** Since when it has been in this state. */
  readonly since: string;
  /** `Model/id` of the object that holds this one. */
  readonly root: string | null;
  readonly failures: number;
  readonly next_attempt_at: string | null;
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

/** An object that another depends on, or the other way round. */
export interface ApiNeighbour extends ApiNamed {
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly backend_status: string;
  /** The dependent waits for the other at this moment. */
  readonly waits: boolean;
  /**
   * `link`: of the goal; `service`, `path`, `author`: along others (`via`); `guess`: it could not be evaluated;
   * `held`: the back end may still use it; `read`: its step has read it. Where it `counts`, it is a dependency.
   */
  readonly relations: readonly {
    readonly kind: string;
    readonly field: string | null;
    readonly via: string | null;
    readonly counts: boolean;
  }[];
}

/** What would be deleted with an object. */
export interface ApiCascade {
  /** The object itself, and whatever links to it, directly or through others. */
  readonly total: number;
  readonly models: readonly { readonly model: string; readonly total: number }[];
  /** Part of them in the order of deletion: each behind those that depend on it, the object itself last. */
  readonly items: readonly ApiNamed[];
  /** Where the next part is. */
  readonly next?: string;
  /** Those that are write-protected: as long as there are any, nothing is deleted. The first ten are named. */
  readonly protected: { readonly count: number; readonly first: readonly ApiNamed[] };
}

/** What is round an object: `from` depends on `to`. */
export interface ApiGraph {
  readonly nodes: readonly (ApiNamed & { readonly state: State; readonly backend_code: BackendCode })[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    /** It waits for the other at this moment. */
    readonly waits: boolean;
  }[];
  /** There are more than five hundred. */
  readonly is_cut: boolean;
}

/** How often objects of one model depend on objects of another, and how often they wait for them now. */
export interface ApiModelGraph {
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly count: number;
    readonly waits: number;
  }[];
}

/** What has happened. */
export interface ApiEvent {
  /** Where it stands in the stream: what `Last-Event-ID` and `after` take. */
  readonly cursor: string;
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  /** `Model/id`, where it is about an object. */
  readonly object: string | null;
  /** Who did it; null for what Accord did. */
  readonly writer: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Objects by state, as words that people are shown: `Error (blocked)` is what waits for a failed one. */
export type ApiStates = Readonly<Record<string, number>>;

/** The fleet at a glance. */
export interface ApiSummary {
  readonly total: number;
  readonly states: ApiStates;
  readonly models: readonly { readonly model: string; readonly total: number; readonly states: ApiStates }[];
  /** What has failed by itself, whoever holds most first: all of them counted, the first hundred named. */
  readonly causes: {
    readonly count: number;
    readonly first: readonly (ApiNamed & {
      readonly state: State;
      readonly backend_status: string;
      readonly since: string;
      readonly failures: number;
      readonly next_attempt_at: string | null;
      /** How many objects wait for it, directly or through others. */
      readonly holds: number;
    })[];
  };
  /** Where to go on in the stream of events: what has happened before it is counted here. */
  readonly cursor: string;
}

/** A synchronizer, and how it keeps up. */
export interface ApiSynchronizer {
  readonly name: string;
  readonly disabled: boolean;
  readonly pretend: boolean;
  readonly models: readonly string[];
  /** The workers that are alive. */
  readonly workers: readonly { readonly name: string; readonly started: string; readonly seen: string }[];
  readonly paused: { readonly reason: string; readonly by: string; readonly until: string | null } | null;
  /** Objects that wait to be told to Temporal, and for how long the first of them has been due. */
  readonly queue: { readonly depth: number; readonly oldest_ms: number | null };
  /** Attempts that run now. */
  readonly running: number;
  readonly watchers: readonly {
    readonly name: string;
    readonly undelivered: number;
    readonly parked: number;
  }[];
  /** Steps that choose what is due, and what fetchPending threw when it was last asked. */
  readonly pollers: readonly {
    readonly name: string;
    readonly every_ms: number;
    readonly due: string;
    readonly fault: string | null;
  }[];
  /** Deliveries to its watchers that were given up, oldest first; at most a hundred. */
  readonly parked: readonly {
    readonly id: number;
    readonly watcher: string;
    readonly object: string;
    readonly event: string;
    readonly error: string;
    readonly at: string;
  }[];
}

/** An object that something would be done for. */
export interface ApiPlanned {
  readonly model: string;
  /** `Model/id`; null for what would be created. */
  readonly object: string | null;
  readonly name: string | null;
  /** `pending`: it is not done yet, whatever is changed, and another of them waits for it. */
  readonly act: 'create' | 'change' | 'resync' | 'delete' | 'pending';
  /** The place in the list of the wish that it is for. */
  readonly item: number | null;
  /** By field, what it is and what it would be; secrets are masked, links are `Model/id` (or `Model/name`). */
  readonly changes: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
  /** Why that is to be done, where no field says it. */
  readonly reason: string | null;
  /** From 1 on; null where there is nothing to do but to store it, and for what waits in a circle, or for one. */
  readonly wave: number | null;
  /** What it waits for: `Model/id`, and `Model/name` for what would be created. */
  readonly after: readonly string[];
}

/** What would be done, and in which order. */
export interface ApiPlan {
  readonly create: number;
  readonly change: number;
  readonly resync: number;
  readonly delete: number;
  readonly pending: number;
  readonly unchanged: number;
  /** Objects that are not done, and left out since there are too many. */
  readonly omitted: number;
  readonly waves: number;
  /** One of the longest chains, each waiting for the one before. */
  readonly chain: readonly string[];
  /** Objects that wait for each other, so that there is no order of these. */
  readonly circle: readonly string[];
  /** In the order of the waves. */
  readonly items: readonly ApiPlanned[];
}

/** A line of what is told while a list is applied; the last has what was done, or what was refused. */
export type ApiApplyLine =
  | { readonly done: number; readonly of: number }
  | { readonly applied: ApiApplied }
  | (ApiErrorBody & { readonly status: number });

/** What was done, or would be, for each object of a list. */
export interface ApiApplied {
  /** Nothing was stored. */
  readonly dry_run: boolean;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly items: readonly {
    readonly model: string;
    /** `Model/id`; null for what would be created. */
    readonly object: string | null;
    readonly name: string | null;
    readonly act: 'created' | 'updated' | 'unchanged';
    /** By field, what it was and what it is; secrets are masked. */
    readonly changes: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
  }[];
}
