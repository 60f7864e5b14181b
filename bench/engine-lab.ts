import { Worker, NativeConnection, bundleWorkflowCode } from '@temporalio/worker';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openTemporal } from '../client/temporal.ts';
import { DEFAULTS } from '../config.ts';
import { loadModels } from '../define/load-models.ts';
import { defineModel } from '../define/model.ts';
import { step } from '../define/step.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import { createLog } from '../log.ts';
import { startPostgres } from '../platform/postgres.ts';
import { createStore, type Store } from '../store/store.ts';
import { startWorker } from '../worker/worker.ts';
import { createCpuMeter, type CpuMeter } from './cpu.ts';
import { startTemporalServer, type Server } from './temporal-server.ts';

/** What steps do in a scenario; nothing unless it says so. */
export interface Behaviour {
  sync(id: number, name: string): Promise<void>;
}

/** Postgres, Temporal, and one process that is worker and client at once: for Accord, and for Temporal alone. */
export interface Lab {
  readonly store: Store;
  readonly cpu: CpuMeter;
  /** To be replaced by what a scenario needs. */
  behaviour: Behaviour;
  /** How often steps have been called. */
  calls(): number;
  /** Start so many workflows on Temporal alone, and wait until the activity of each has run. */
  raw(count: number): Promise<void>;
  /** Wait until no object of the model is dirty. */
  untilSynced(model: string): Promise<void>;
  stop(): Promise<void>;
}

/** As many calls to Temporal at once as a relay has under way. */
const LANES = 25;
const SLOTS = 20;
const LOOK_MS = 20;

export const NOTHING: Behaviour = { sync: async () => undefined };

const xproto = fileURLToPath(new URL('./bench.xproto', import.meta.url));

export async function startLab(server: Server): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  const [postgres, temporal] = await Promise.all([
    startPostgres({ dir: join(folder, 'postgres') }),
    startTemporalServer(server, folder),
  ]);
  const target = { address: temporal.address, namespace: DEFAULTS.temporalNamespace };
  const store = createStore({ databaseUrl: postgres.url, connections: SLOTS + 10 });
  await store.ensureSchema();
  const { models } = await loadModels([xproto]);

  let calls = 0;
  const lab = { behaviour: NOTHING };
  const stepOf = (model: string, inline: boolean): AnyStep =>
    step({
      synchronizes: defineModel<string, { name: string }>(model),
      inline,
      async syncRecord({ id, name }) {
        calls += 1;
        await lab.behaviour.sync(id, name);
      },
      async deleteRecord() {
        calls += 1;
      },
    }) as AnyStep;
  const worker = await startWorker({
    synchronizer: {
      name: 'bench',
      folder,
      models,
      modelDeps: new Map(),
      steps: new Map([
        ['Item', stepOf('Item', false)],
        ['Quick', stepOf('Quick', true)],
      ]),
      policies: new Map(),
      watchers: new Map(),
      pollers: new Map(),
    },
    store,
    temporal: target,
    log: createLog({ level: 'silent' }),
    settings: {
      leaseMs: DEFAULTS.leaseMs,
      renewMs: DEFAULTS.renewMs,
      heartbeatMs: DEFAULTS.heartbeatMs,
      deferralMs: DEFAULTS.deferralMs,
      retry: {
        initialMs: DEFAULTS.retryInitialMs,
        factor: DEFAULTS.retryFactor,
        maxMs: DEFAULTS.retryMaxMs,
      },
      graceMs: 10_000,
    },
    slots: SLOTS,
    sysDir: join(folder, 'sys'),
    ansible: undefined,
    shutdownMs: 5_000,
    sweepMs: DEFAULTS.sweepMs,
  });
  const rawLeg = await startRaw(target);

  return Object.assign(lab, {
    store,
    cpu: createCpuMeter({ worker: [process.pid], temporal: temporal.pids, postgres: [postgres.pid] }),
    calls: () => calls,
    raw: rawLeg.run,
    async untilSynced(model: string): Promise<void> {
      for (;;) {
        const [row] = await store.database.query<{ dirty: boolean }>(
          'select exists (select 1 from objects where model = $1 and (deleted or enacted is distinct from generation)) as dirty',
          [model],
        );
        if (row?.dirty !== true) return;
        await sleep(LOOK_MS);
      }
    },
    async stop(): Promise<void> {
      await rawLeg.stop();
      await worker.stop();
      await store.close();
      await temporal.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

/** Temporal alone, on the same server, with the same options. */
async function startRaw(
  target: Parameters<typeof openTemporal>[0],
): Promise<{ run: (count: number) => Promise<void>; stop: () => Promise<void> }> {
  let done = 0;
  let serial = 0;
  const taskQueue = 'raw';
  const connection = await NativeConnection.connect({ address: target.address });
  const worker = await Worker.create({
    connection,
    namespace: target.namespace,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./raw-workflow.ts', import.meta.url)),
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    }),
    activities: {
      async nothing() {
        done += 1;
      },
    },
    maxConcurrentActivityTaskExecutions: SLOTS,
  });
  const running = worker.run();
  const { client, close } = openTemporal(target);
  return {
    async run(count) {
      const until = done + count;
      const ids = Array.from({ length: count }, () => (serial += 1));
      const lane = async (): Promise<void> => {
        for (let id = ids.shift(); id !== undefined; id = ids.shift())
          await client.workflow.start('raw', { taskQueue, workflowId: `raw/${id}`, args: [id] });
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      while (done < until) await sleep(LOOK_MS);
    },
    async stop() {
      worker.shutdown();
      await running;
      await close();
      await connection.close();
    },
  };
}
