import type { JsonScalar, Ref } from '../model/definition.ts';

/** A field's value as it is stored and as REST shows it; links are references. */
export type Value = JsonScalar | Ref | readonly JsonScalar[] | readonly Ref[];

/** The value of every field and link by name. */
export type Fields = Readonly<Record<string, Value>>;

/** What people are told of an object. Derived when it is read, never stored (design 3.7). */
export type State =
  | 'Synced'
  | 'Syncing'
  | 'Waiting'
  | 'Deferred'
  | 'Error'
  | 'Stalled'
  | 'Paused'
  | 'Deleting'
  | 'Pretended'
  | 'Not managed';

/** 1: done, 0: under way, 2: in error, itself or by what it waits for. */
export type BackendCode = 0 | 1 | 2;

/** How an attempt ended. */
export type OutcomeStatus =
  'synced' | 'pretended' | 'deferred' | 'failed' | 'stalled' | 'superseded' | 'cancelled';

/** An object as it is stored, with the state that is derived from it and from what it waits for. */
export interface StoredObject extends Ref {
  readonly declarative: Fields;
  readonly feedback: Fields;
  readonly version: number;
  readonly generation: number;
  readonly enacted: number | null;
  /** The version that policies have answered. */
  readonly policed: number | null;
  readonly deleted: boolean;
  readonly backend_need_delete: boolean;
  readonly backend_need_reap: boolean;
  readonly no_sync: boolean;
  readonly no_policy: boolean;
  /** It is only pretended: everything is done but touching the back end. */
  readonly pretend: boolean;
  readonly write_protect: boolean;
  /** Failures since the goal last changed. */
  readonly failures: number;
  /** When the next attempt begins by itself; null when nothing is due, or it waits for something else. */
  readonly next_attempt_at: Date | null;
  readonly created: Date;
  readonly updated: Date;
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly backend_status: string;
  /** The object whose failure or work holds this one, when something does. */
  readonly root: Ref | null;
}

/** Who writes: shown in the audit trail. */
export interface Writer {
  /** `api`, `cli`, `policy ExampleServiceInstance/3`, … */
  readonly name: string;
  /** Many objects at once: what one person waits for goes first. */
  readonly isBulk?: boolean;
  /** How many policies stand between a person and this write. @default 0: a person writes */
  readonly depth?: number;
}
