import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { ActivitySettings } from '../../activities/index.ts';
import { createStore, type Store } from '../../store/store.ts';
import { loadWatchers } from '../../worker/load-watchers.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { createTestDatabase } from '../support/database.ts';
import { SETTINGS } from '../support/engine.ts';
import { policyOf, stepOf, watchersOf, type ActorsOf, type NetsOf } from './code.ts';
import { FIRST, MODEL_DEPS, MODELS, SECOND, WITH_POLICY, WITH_STEP } from './models.ts';

export interface Installation {
  readonly store: Store;
  readonly synchronizers: readonly [first: string, second: string];
  /** Stop a worker in good order and start another in its place; or the other way round. */
  readonly restart: (which: number, order: 'stop first' | 'start first') => Promise<void>;
  /** Models and synchronizers that some life has paused: each life ends its own pauses only. */
  readonly paused: Set<string>;
  readonly stop: () => Promise<void>;
}

/** No worker dies here: a lease that lapses, because the machine is busy, would only be in the way. */
const PATIENT: ActivitySettings = { ...SETTINGS, leaseMs: 20_000, renewMs: 500, heartbeatMs: 20_000 };

/** Two synchronizers with a worker each, on a database of their own. */
export async function startInstallation(actorsOf: ActorsOf): Promise<Installation> {
  const database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url, connections: 40 });
  await store.ensureSchema();
  // Workflow ids are made of model and id, and Temporal is shared.
  const first = 1 + Math.floor(Math.random() * 1e12);
  await store.database.query(`alter sequence object_ids restart with ${first}`);
  const suffix = randomBytes(4).toString('hex');
  const synchronizers = [`first-${suffix}`, `second-${suffix}`] as const;

  const netsOf: NetsOf = async (life, color) => {
    const where = JSON.stringify({ life, color });
    const [row] = await store.database.query<{ ids: number[] }>("select found('Net', $1) as ids", [where]);
    return row?.ids ?? [];
  };
  const start = (which: number): Promise<RunningWorker> => {
    const isFirst = which % 2 === 0;
    const name = synchronizers[isFirst ? 0 : 1];
    const own = (isFirst ? FIRST : SECOND).map((one) => one.name);
    // The second is registered with all models: links need their peers. It brings code for its own alone.
    const models = isFirst ? FIRST : MODELS;
    const watchers = watchersOf(isFirst ? 'first' : 'second', actorsOf);
    return startWorker({
      synchronizer: {
        name,
        folder: '/nowhere',
        models,
        steps: new Map(
          own.filter((one) => WITH_STEP.includes(one)).map((one) => [one, stepOf(one, actorsOf, netsOf)]),
        ),
        policies: new Map(
          own.filter((one) => WITH_POLICY.includes(one)).map((one) => [one, policyOf(one, actorsOf)]),
        ),
        modelDeps: isFirst ? new Map() : MODEL_DEPS,
        watchers: loadWatchers(name, { steps: [], watchers }, models).watchers,
        pollers: new Map(),
      },
      store,
      temporal: { address: inject('temporalAddress'), namespace: 'default' },
      log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }, pino.destination(2)),
      settings: PATIENT,
      slots: 40,
      sysDir: '/nowhere',
      ansible: undefined,
      shutdownMs: 10_000,
      // Each look asks Temporal about all that has been quiet for so long: on a busy machine, much has for a second.
      sweepMs: 5_000,
    });
  };
  const workers = [await start(0), await start(1)];
  let turn = Promise.resolve();
  return {
    store,
    synchronizers,
    paused: new Set(),
    restart(which, order) {
      // Several lives may want it at once.
      turn = turn.then(async () => {
        const at = which % 2;
        const old = workers[at];
        if (order === 'stop first') await old?.stop();
        workers[at] = await start(at);
        if (order === 'start first') await old?.stop();
      });
      return turn;
    },
    async stop() {
      await turn;
      await Promise.all(workers.map((worker) => worker.stop()));
      await store.close();
      await database.drop();
    },
  };
}
