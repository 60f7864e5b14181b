import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { ActivitySettings } from '../../activities/index.ts';
import type { TemporalTarget } from '../../client/temporal.ts';
import type { AnyPolicy, AnyStep, AnyWatcher } from '../../define/synchronizer.ts';
import type { ModelDefinition, Ref } from '../../model/definition.ts';
import type { ModelDeps } from '../../plan/model-deps.ts';
import type { StoredObject } from '../../store/types.ts';
import { loadPollers } from '../../worker/load-pollers.ts';
import type { LoadedSynchronizer } from '../../worker/load-synchronizer.ts';
import { loadWatchers } from '../../worker/load-watchers.ts';
import { startWorker, type RunningWorker, type WorkerOptions } from '../../worker/worker.ts';
import { createTestStore, type TestStore } from './store.ts';
import { waitFor } from './wait-for.ts';

/** Short, so that tests need not wait; in the same proportions as the real ones. */
export const SETTINGS: ActivitySettings = {
  leaseMs: 2_000,
  renewMs: 300,
  heartbeatMs: 2_000,
  deferralMs: 300,
  retry: { initialMs: 100, factor: 2, maxMs: 2_000 },
  graceMs: 1_000,
};

export interface Engine {
  readonly store: TestStore;
  readonly synchronizer: string;
  startWorker(settings?: Partial<ActivitySettings>): Promise<RunningWorker>;
  create(model: string, fields: Record<string, unknown>): Promise<Ref>;
  update(ref: Ref, changes: Record<string, unknown>): Promise<void>;
  remove(ref: Ref, options?: { cascade?: boolean }): Promise<Ref[]>;
  get(ref: Ref): Promise<StoredObject | null>;
  /** Wait until the object looks like this. */
  until(
    ref: Ref,
    isSo: (object: StoredObject) => boolean,
    what: string,
    timeoutMs?: number,
  ): Promise<StoredObject>;
  untilState(ref: Ref, state: StoredObject['state']): Promise<StoredObject>;
  untilGone(ref: Ref): Promise<void>;
  /** Stop all workers in good order. */
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}

/** The real engine on a database and a task queue of its own: one worker, these models, these steps. */
export async function startEngine(
  models: readonly ModelDefinition[],
  steps: Readonly<Record<string, AnyStep>>,
  options: {
    readonly settings?: Partial<ActivitySettings>;
    readonly sweepMs?: number;
    readonly modelDeps?: ModelDeps;
    readonly idle?: boolean;
    readonly policies?: Readonly<Record<string, AnyPolicy>>;
    readonly slots?: number;
    /** Another Temporal than that of the run. */
    readonly temporal?: TemporalTarget;
    readonly watchers?: readonly AnyWatcher[];
    /** For steps that run playbooks. */
    readonly ansible?: Pick<WorkerOptions, 'ansible' | 'sysDir' | 'keepDeletedSysMs' | 'proxySsh'> & {
      readonly folder: string;
    };
    readonly limits?: ReadonlyMap<string, { readonly concurrency?: number; readonly perSecond?: number }>;
  } = {},
): Promise<Engine> {
  // Workflow ids are made of model and id, and Temporal is shared: so models have names of their own in each file.
  const synchronizer = `test-${randomBytes(4).toString('hex')}`;
  const store = await createTestStore(models, {
    synchronizer,
    withoutStep: models.map(({ name }) => name).filter((name) => !(name in steps)),
    withPolicy: Object.keys(options.policies ?? {}),
  });
  await store.database.query(
    'alter sequence object_ids restart with ' + String(1 + Math.floor(Math.random() * 1e12)),
  );
  const running: RunningWorker[] = [];
  const startOne = async (settings: Partial<ActivitySettings> = {}): Promise<RunningWorker> => {
    const worker = await startWorker({
      synchronizer: {
        name: synchronizer,
        folder: options.ansible?.folder ?? '/nowhere',
        models,
        modelDeps: options.modelDeps ?? new Map(),
        steps: new Map(Object.entries(steps)),
        policies: new Map(Object.entries(options.policies ?? {})),
        ...listenersOf(synchronizer, models, steps, options.watchers),
      },
      store,
      temporal: options.temporal ?? { address: inject('temporalAddress'), namespace: 'default' },
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }, pino.destination(2)),
      settings: { ...SETTINGS, ...options.settings, ...settings },
      slots: options.slots ?? 20,
      ...(options.limits && { limits: options.limits }),
      sysDir: options.ansible?.sysDir ?? '/nowhere',
      keepDeletedSysMs: options.ansible?.keepDeletedSysMs ?? 0,
      ansible: options.ansible?.ansible,
      proxySsh: options.ansible?.proxySsh,
      shutdownMs: 2_000,
      sweepMs: options.sweepMs ?? 60_000,
    });
    running.push(worker);
    return worker;
  };
  const stopWorkers = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((worker) => worker.stop()));
  };
  if (options.idle !== true) await startOne();

  const me = { name: 'a test' };
  const get = (ref: Ref): Promise<StoredObject | null> => store.get(ref);
  const until: Engine['until'] = (ref, isSo, what, timeoutMs) =>
    waitFor(
      `${ref.model}/${ref.id} ${what}`,
      async () => {
        const object = await get(ref);
        return object !== null && isSo(object) ? object : undefined;
      },
      () => get(ref),
      timeoutMs,
    );
  return {
    store,
    synchronizer,
    startWorker: startOne,
    create: (model, fields) => store.write(me, (tx) => tx.create(model, fields)),
    update: (ref, changes) => store.write(me, (tx) => tx.update(ref, changes)),
    remove: (ref, how) => store.write(me, (tx) => tx.remove(ref, how)),
    get,
    until,
    untilState: (ref, state) => until(ref, (object) => object.state === state, `to be ${state}`),
    untilGone: async (ref) => {
      await waitFor(
        `${ref.model}/${ref.id} to be gone`,
        async () => ((await get(ref)) === null ? true : undefined),
        () => get(ref),
      );
    },
    stopWorkers,
    async stop() {
      await stopWorkers();
      await store.drop();
    },
  };
}

/** The watchers and the choosing steps, as a worker finds them in a synchronizer. */
function listenersOf(
  name: string,
  models: readonly ModelDefinition[],
  steps: Readonly<Record<string, AnyStep>>,
  watchers: readonly AnyWatcher[] = [],
): Pick<LoadedSynchronizer, 'watchers' | 'pollers'> {
  const distinct = [...new Set(Object.values(steps))];
  const watching = loadWatchers(name, { steps: distinct, watchers }, models);
  const polling = loadPollers(name, distinct);
  const faults = [...watching.faults, ...polling.faults];
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return { watchers: watching.watchers, pollers: polling.pollers };
}
