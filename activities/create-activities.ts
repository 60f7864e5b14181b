import type { Ansible } from '../backend/run-playbook.ts';
import type { AnyPolicy, AnyStep } from '../define/synchronizer.ts';
import type { Log } from '../log.ts';
import type { RetryPolicy } from '../plan/delay.ts';
import type { Limit } from '../store/places.ts';
import type { Store } from '../store/store.ts';
import type { ProxySsh } from '../synchronizer-config.ts';
import { runAttempt } from './attempt.ts';
import type { Activities } from './contract.ts';
import { decide } from './decide.ts';
import { deliverEvents, type LoadedWatcher } from './deliver.ts';
import { evaluate } from './evaluate.ts';
import { runPolicies } from './run-policies.ts';
import { fetchPending, type LoadedPoller } from './select.ts';
import { retire } from './retire.ts';
import type { Shares } from './shares.ts';
import { stepWork } from './step-work.ts';

/** How attempts behave; each has its default in config.ts. Milliseconds. */
export interface ActivitySettings {
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly heartbeatMs: number;
  readonly deferralMs: number;
  readonly retry: RetryPolicy;
  /** How long an attempt may take to end after its signal was aborted, before it is given up. */
  readonly graceMs: number;
}

/** What the activities of one synchronizer work with. */
export interface ActivitySetup {
  readonly store: Store;
  readonly synchronizer: string;
  /** The synchronizer's folder: playbooks and roles are below it. */
  readonly folder: string;
  /** Where each object's last run is kept (design 5). */
  readonly sysDir: string;
  /** For how long what is there of deleted objects is kept. */
  readonly keepDeletedSysMs: number;
  /** The step of each model, by name. */
  readonly steps: ReadonlyMap<string, AnyStep>;
  /** The policy of each model, by name. */
  readonly policies: ReadonlyMap<string, AnyPolicy>;
  /** By the names that they are registered under. */
  readonly watchers: ReadonlyMap<string, LoadedWatcher>;
  readonly pollers: ReadonlyMap<string, LoadedPoller>;
  readonly settings: ActivitySettings;
  /** What each step may use of this worker's slots. */
  readonly shares: Shares;
  /** Limits of back ends, by the name that steps give them. */
  readonly limits: ReadonlyMap<string, Omit<Limit, 'name'>>;
  /** This process, in attempts and logs. */
  readonly worker: string;
  readonly log: Log;
  /** Absent when no step needs it. */
  readonly ansible: Ansible | undefined;
  /** By which host the Instances of instance steps are reached, when they are not reached directly. */
  readonly proxySsh: ProxySsh | undefined;
}

/** Create the activities of one synchronizer. */
export function createActivities(setup: ActivitySetup): Activities {
  return {
    prepare: (ref) => decide(setup, ref),
    evaluate: (ref) => evaluate(setup, ref),
    runPolicies: (ref, attempt) => runPolicies(setup, ref, attempt),
    syncRecord: (ref, attempt) => runAttempt(setup, ref, attempt, stepWork),
    runPlaybook: (ref, attempt) => runAttempt(setup, ref, attempt, stepWork),
    deleteRecord: async (ref, attempt) => {
      const end = await runAttempt(setup, ref, attempt, stepWork);
      if (end === 'done') await retire(setup, ref);
      return end;
    },
    deliverEvents: (watcher) => deliverEvents(setup, watcher),
    fetchPending: (poller) => fetchPending(setup, poller),
  };
}
