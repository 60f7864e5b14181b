import { defineSignal } from '@temporalio/workflow';
import type { Attempt, Decision } from '../activities/index.ts';
import type { Ref } from '../model/definition.ts';

/** The goal of the object has changed. Ends a backoff at once; a running attempt looks whether it is to stop. */
export interface Changed {
  readonly generation: number;
  readonly version: number;
  /** The object is held or to be deleted: what runs is to look at once, whatever its generation. */
  readonly stop: boolean;
}

export const changed = defineSignal<[Changed]>('changed');

/** Something that the object depends on, or waits for, is done. */
export const dependencySynced = defineSignal<[Ref]>('dependencySynced');

/** What a workflow starts with: the reference only. The goal is in Postgres. */
export interface SyncObjectInput extends Ref {
  /** The search attributes are registered, so the workflow may keep SyncState up to date. */
  readonly searchable: boolean;
  /** What whoever starts it has found due, so that it need not look first. The attempt itself looks once more. */
  readonly first?: Attempt | Extract<Decision, { kind: 'evaluate' }> | undefined;
}

export const workflowIdOf = (ref: Ref): string => `${ref.model}/${ref.id}`;

/** There is something new to deliver, or to choose from. */
export const wake = defineSignal('wake');

/** What the workflows of watchers and of choosing steps start with: the name that they are registered under. */
export interface AttendInput {
  readonly name: string;
}

/** The workflow of a watcher, or of a step that chooses (fetchPending), by its name. */
export const attendIdOf = (at: 'watchers' | 'pollers', name: string): string =>
  `${at === 'watchers' ? 'watcher' : 'select'}/${name}`;
