import { Worker, NativeConnection, bundleWorkflowCode } from '@temporalio/worker';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { openTemporal } from '../client/temporal.ts';
import { DEFAULTS } from '../config.ts';
import { loadModels } from '../define/load-models.ts';
import { defineModel } from '../define/model.ts';
import { policy } from '../define/policy.ts';
import { step } from '../define/step.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import { createLog } from '../log.ts';
import { startPostgres } from '../platform/postgres.ts';
import { createStore, type Store } from '../store/store.ts';
import { startWorker, type RunningWorker } from '../worker/worker.ts';
import { createCpuMeter, type CpuMeter } from './cpu.ts';
import { startTemporalServer, type Server } from './temporal-server.ts';

/** What steps do in a scenario; nothing unless it says so. */
export interface Behaviour {
  sync(id: number, name: string): Promise<void>;
}

export interface Written {
  readonly rows: Readonly<Record<string, number>>;
  readonly wal: number;
}

/** Postgres, Temporal, and one process that is worker and client at once: for Accord, and for Temporal alone. */
export interface Lab {
  readonly store: Store;
  readonly cpu: CpuMeter;
  /** To be replaced by what a scenario needs. */
  behaviour: Behaviour;
  /** Wait until the step of an object of this name begins. @returns when, as `performance.now()` */
  begun(name: string): Promise<number>;
  /** Start so many workflows on Temporal alone, and wait until the activity of each has run. */
  raw(count: number): Promise<void>;
  /** From the start of a workflow on Temporal alone to the beginning of its activity. @format milliseconds */
  rawLatency(): Promise<number>;
  /** The id of the workflow that was started last on Temporal alone. */
  lastRaw(): string;
  /** Wait until no object of the model is dirty. */
  untilSynced(model: string): Promise<void>;
  /** How many objects of the model are dirty, if not more than `most`. */
  dirty(model: string, most: number): Promise<number>;
  /** Have all objects looked at once more. */
  resyncAll(): Promise<void>;
  /** Wait until so many workflows are running. */
  untilRunning(count: number): Promise<void>;
  /** Have so many workers, in this process, with so many slots each. */
  staff(count: number, slots: number): Promise<void>;
  /** Free what memory can be freed. */
  collect(): Promise<void>;
  /** Rows that Postgres has written, by table, and bytes of its log, since its start. */
  written(): Promise<Written>;
  /** What Temporal keeps of a workflow that ends. */
  history(workflowId: string): Promise<{ events: number; bytes: number }>;
  stop(): Promise<void>;
}

/** As many calls to Temporal at once as a relay has under way. */
const LANES = 25;
export const SLOTS = 20;
const LOOK_MS = 20;
/** It costs Postgres something to be asked. */
const ASK_MS = 100;

export const NOTHING: Behaviour = { sync: async () => undefined };

const RULED = policy({ model: defineModel('Ruled'), handleCreate() {} });

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

  const lab = { behaviour: NOTHING };
  const awaited = new Map<string, (at: number) => void>();
  const stepOf = (model: string, inline: boolean): AnyStep =>
    step({
      synchronizes: defineModel<string, { name: string }>(model),
      inline,
      async syncRecord({ id, name }) {
        awaited.get(name)?.(performance.now());
        awaited.delete(name);
        await lab.behaviour.sync(id, name);
      },
      async deleteRecord() {},
    }) as AnyStep;

  const employ = (name: string, its: readonly string[], slots: number): Promise<RunningWorker> =>
    startWorker({
      synchronizer: {
        name,
        folder,
        models: models.filter((model) => its.includes(model.name)),
        modelDeps: new Map(),
        steps: new Map(its.map((model) => [model, stepOf(model, model === 'Quick')])),
        policies: new Map(its.includes(RULED.model.name) ? [[RULED.model.name, RULED]] : []),
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
      slots,
      sysDir: join(folder, 'sys'),
      ansible: undefined,
      shutdownMs: 5_000,
      sweepMs: DEFAULTS.sweepMs,
    });
  let workers: RunningWorker[] = [];
  const staff = async (count: number, slots: number): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.stop()));
    workers = await Promise.all(
      Array.from({ length: count }, () => employ('bench', ['Item', 'Quick', 'Ruled'], slots)),
    );
  };
  await staff(1, SLOTS);
  const rare = await employ('rare', ['Rare'], SLOTS);
  const { client, close } = openTemporal(target);
  const rawLeg = await startRaw(target);
  /** @param most counting further would cost what is to be measured */
  const dirty = async (model: string, most: number): Promise<number> => {
    const [row] = await store.database.query<{ count: number }>(
      `select count(*)::int as count from (
         select from objects where model = $1 and (deleted or enacted is distinct from generation) limit $2) d`,
      [model, most],
    );
    return row?.count ?? 0;
  };

  return Object.assign(lab, {
    store,
    cpu: createCpuMeter({ worker: [process.pid], temporal: temporal.pids, postgres: [postgres.pid] }),
    begun: (name: string) => new Promise<number>((resolve) => awaited.set(name, resolve)),
    raw: rawLeg.run,
    rawLatency: rawLeg.latency,
    lastRaw: rawLeg.last,
    dirty,
    staff,
    async untilSynced(model: string): Promise<void> {
      while ((await dirty(model, 1)) > 0) await sleep(ASK_MS);
    },
    async resyncAll(): Promise<void> {
      await store.database.query('select resync(id, 4::smallint) from objects');
    },
    async untilRunning(count: number): Promise<void> {
      const { workflow } = client;
      while ((await workflow.count("ExecutionStatus = 'Running'")).count < count) await sleep(200);
    },
    async collect(): Promise<void> {
      setFlagsFromString('--expose-gc');
      (runInNewContext('gc') as () => void)();
      await sleep(1_000);
    },
    async written(): Promise<Written> {
      const [row] = await store.database.query<Written>(
        `select jsonb_object_agg(relname, n_tup_ins + n_tup_upd + n_tup_del) as rows,
                (pg_current_wal_lsn() - '0/0')::float8 as wal
           from pg_stat_user_tables`,
      );
      return row ?? { rows: {}, wal: 0 };
    },
    async history(workflowId: string): Promise<{ events: number; bytes: number }> {
      const handle = client.workflow.getHandle(workflowId);
      await handle.result();
      const { historyLength, historySize } = await handle.describe();
      return { events: historyLength, bytes: historySize ?? 0 };
    },
    async stop(): Promise<void> {
      await rawLeg.stop();
      await Promise.all([...workers, rare].map((worker) => worker.stop()));
      await close();
      await store.close();
      await temporal.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

/** Temporal alone, on the same server, with the same options. */
async function startRaw(target: Parameters<typeof openTemporal>[0]): Promise<{
  run: (count: number) => Promise<void>;
  latency: () => Promise<number>;
  last: () => string;
  stop: () => Promise<void>;
}> {
  let done = 0;
  let onDone = (): void => undefined;
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
        onDone();
      },
    },
    maxConcurrentActivityTaskExecutions: SLOTS,
  });
  const running = worker.run();
  const { client, close } = openTemporal(target);
  const start = async (id: number): Promise<void> => {
    await client.workflow.start('raw', { taskQueue, workflowId: `raw/${id}`, args: [id] });
  };
  return {
    last: () => `raw/${serial}`,
    async latency() {
      const begun = new Promise<void>((resolve) => (onDone = resolve));
      const startedAt = performance.now();
      await start((serial += 1));
      await begun;
      return performance.now() - startedAt;
    },
    async run(count) {
      const until = done + count;
      const ids = Array.from({ length: count }, () => (serial += 1));
      const lane = async (): Promise<void> => {
        for (let id = ids.shift(); id !== undefined; id = ids.shift()) await start(id);
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
