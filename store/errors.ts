import type { Ref } from '../model/definition.ts';
import type { StoredObject } from './types.ts';

/** One thing that is wrong with a write. */
export interface Fault {
  /** The field or link; absent when the object as a whole is meant. */
  readonly field?: string;
  readonly message: string;
}

export type RefusalCode =
  | 'E_INVALID'
  | 'E_NOT_FOUND'
  | 'E_UNKNOWN_MODEL'
  | 'E_STALE'
  | 'E_CONFLICT'
  | 'E_IN_USE'
  | 'E_PROTECTED'
  | 'E_CYCLE';

/**
 * A write that was refused. Nothing of its transaction is stored.
 *
 * E_INVALID: `faults` names every bad field. E_STALE: `current` is what is stored now. E_IN_USE: `dependents`
 * are the live objects that link to it. E_CONFLICT: a unique value is taken. E_PROTECTED: write_protect is set.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly faults: readonly Fault[];
  readonly current: StoredObject | undefined;
  readonly dependents: readonly Ref[];

  constructor(
    code: RefusalCode,
    message: string,
    details: { faults?: readonly Fault[]; current?: StoredObject; dependents?: readonly Ref[] } = {},
  ) {
    super(message);
    this.code = code;
    this.faults = details.faults ?? [];
    this.current = details.current;
    this.dependents = details.dependents ?? [];
  }
}

/** The database cannot be reached. `address` is host and port, without the password. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly address: string;

  constructor(address: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Postgres at ${address} cannot be reached: ${reason}`, { cause });
    this.address = address;
  }
}

/** A registration has changed a model since it was read: the transaction is to be run again, with what it is now. */
export class ModelsChanged extends Error {
  override readonly name = 'ModelsChanged';

  constructor(model: string) {
    super(`the model ${model} has changed meanwhile`);
  }
}
