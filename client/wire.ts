import type { BackendCode, State } from '../store/types.ts';
import type { Fault } from '../store/errors.ts';

/** An object as REST shows it: bookkeeping under XOS's names, then its fields; links as `<link>_id` or `<link>_ids`. */
export interface ApiObject {
  readonly id: number;
  /** The model that it was created as, when it was read as one of its bases. */
  readonly leaf_model_name: string;
  readonly state: State;
  readonly backend_status: string;
  readonly backend_code: BackendCode;
  readonly version: number;
  readonly generation: number;
  readonly enacted: number | null;
  readonly deleted: boolean;
  readonly backend_need_delete: boolean;
  readonly backend_need_reap: boolean;
  readonly no_sync: boolean;
  readonly no_policy: boolean;
  readonly pretend: boolean;
  readonly write_protect: boolean;
  readonly failures: number;
  /** RFC 3339, as `created` and `updated` are. */
  readonly next_attempt_at: string | null;
  /** `Model/id` of the object that holds this one. */
  readonly root: string | null;
  readonly created: string;
  readonly updated: string;
  readonly [field: string]: unknown;
}

export interface ApiList<T> {
  readonly items: readonly T[];
  /** Address of the next page; absent on the last one. */
  readonly next?: string;
}

/** A field or link of a model, as a client needs it. `name` is how REST spells it: `owner_id` for the link `owner`. */
export interface ApiField {
  readonly name: string;
  /** A scalar type of protobuf, `enum`, or `link`. */
  readonly type: string;
  readonly repeated: boolean;
  /** `feedback` is written by steps alone. */
  readonly state: 'declarative' | 'feedback';
  readonly required: boolean;
  readonly secret: boolean;
  readonly default: unknown;
  readonly choices: readonly unknown[] | null;
  /** The model that a link points to. */
  readonly peer: string | null;
  readonly help_text: string;
}

/** A registered model. */
export interface ApiModel {
  readonly name: string;
  readonly app: string;
  readonly plural: string;
  readonly abstract: boolean;
  readonly bases: readonly string[];
  readonly description: string;
  readonly synchronizer: string;
  /** Something acts on its objects: a step or a policy. */
  readonly managed: boolean;
  readonly fields: readonly ApiField[];
}

/** The body of every answer that is not a success. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly faults: readonly Fault[];
    /** E_STALE: what is stored now. */
    readonly current?: ApiObject;
    /** E_IN_USE: `Model/id` of what links to it. */
    readonly dependents?: readonly string[];
  };
}
