import { NativeConnection, Worker } from '@temporalio/worker';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createActivities, Shares, type ActivitySettings } from '../activities/index.ts';
import type { Ansible } from '../backend/run-playbook.ts';
import { startRelay } from '../client/relay.ts';
import type { TemporalTarget } from '../client/temporal.ts';
import type { Log } from '../log.ts';
import { awaitDatabase } from '../store/await-database.ts';
import type { Limit } from '../store/places.ts';
import type { Store } from '../store/store.ts';
import type { ProxySsh } from '../synchronizer-config.ts';
import { ensureErrands } from '../store/watchers.ts';
import { workflowBundle } from './bundle.ts';
import type { LoadedSynchronizer } from './load-synchronizer.ts';
import { announce } from './presence.ts';
import { registrationOf } from './registration.ts';
import { installRuntime } from './runtime.ts';
import { keepTidy } from './tidy.ts';

export interface WorkerOptions {
  readonly synchronizer: LoadedSynchronizer;
  readonly store: Store;
  readonly temporal: TemporalTarget;
  readonly log: Log;
  readonly settings: ActivitySettings;
  /** Attempts at once. */
  readonly slots: number;
  /** Limits of back ends, by name. */
  readonly limits?: ReadonlyMap<string, Omit<Limit, 'name'>>;
  /** Its author's number for it: an older one is refused. @default 0 */
  readonly version?: number;
  /** Accept and keep writes, relay nothing. */
  readonly disabled?: boolean;
  /** Pretend only. */
  readonly pretend?: boolean;
  readonly sysDir: string;
  /** For how long what is there of deleted objects is kept. @default 0 */
  readonly keepDeletedSysMs?: number;
  readonly ansible: Ansible | undefined;
  /** Jump host of instance steps. */
  readonly proxySsh?: ProxySsh | undefined;
  /** How long running attempts may take to finish when the worker stops; then they are handed back. @format milliseconds */
  readonly shutdownMs: number;
  readonly sweepMs: number;
  /** Stops waiting for a database or a Temporal that is away. */
  readonly signal?: AbortSignal;
}

export interface RunningWorker {
  readonly name: string;
  /** Rejects when the worker ends by a fault of its own. */
  readonly done: Promise<void>;
  /** Finish what is running, or hand it back, and end. */
  stop(): Promise<void>;
}

let started = 0;

/**
 * Start a worker for one synchronizer: register its models, poll its task queue, and relay the outbox.
 *
 * @throws when the models cannot be registered; nothing has been started then
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { synchronizer, store, temporal, log, keepDeletedSysMs = 0 } = options;
  installRuntime(log);
  await awaitDatabase(store, log, options.signal);
  const { changes, warnings } = await store.register(
    registrationOf(synchronizer, { ...options, heartbeatMs: options.settings.heartbeatMs }),
  );
  if (changes.length > 0) log.info({ changes }, 'models were registered');
  for (const warning of warnings) log.warn({ warning }, 'dependencies of the models want a look');
  await ensureErrands(store.database, synchronizer.name);

  // More than one may run in a process; the number tells them apart.
  const name = `${hostname()}:${process.pid}${started === 0 ? '' : `#${started}`}`;
  started += 1;
  const connection = await connect(temporal, log, options.signal);
  await refuseNoNamespace(connection, temporal);
  // While Temporal's part is made: neither waits for the other.
  const announcing = announce(store, { name, synchronizer: synchronizer.name }, log);
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: synchronizer.name,
    identity: name,
    workflowBundle:
      synchronizer.workflows === undefined ? await workflowBundle() : { codePath: synchronizer.workflows },
    activities: createActivities({
      store,
      synchronizer: synchronizer.name,
      folder: synchronizer.folder,
      sysDir: options.sysDir,
      keepDeletedSysMs,
      steps: synchronizer.steps,
      policies: synchronizer.policies,
      watchers: synchronizer.watchers,
      pollers: synchronizer.pollers,
      settings: options.settings,
      shares: new Shares(options.slots),
      limits: options.limits ?? new Map(),
      worker: name,
      log,
      ansible: options.ansible,
      proxySsh: options.proxySsh,
    }),
    maxConcurrentActivityTaskExecutions: options.slots,
    maxConcurrentLocalActivityExecutions: 100,
    // A workflow that fails is begun anew by the sweep; one that is blocked for ever is not (design 3.4).
    workflowFailureErrorTypes: { '*': ['Error'] },
    // Else a cancel reaches a running attempt only after many seconds.
    maxHeartbeatThrottleInterval: '3 seconds',
    defaultHeartbeatThrottleInterval: '3 seconds',
    shutdownGraceTime: options.shutdownMs,
    shutdownForceTime: options.shutdownMs + options.settings.graceMs,
  }).catch(async (error: unknown) => {
    await (await announcing).stop();
    throw error;
  });
  const relay = startRelay({ store, temporal, log, sweepMs: options.sweepMs });
  const running = worker.run();
  const runsPlaybooks = [...synchronizer.steps.values()].some(({ kind }) => kind !== 'step');
  const tidying = runsPlaybooks
    ? keepTidy(store, { sysDir: options.sysDir, keepDeletedSysMs }, log)
    : undefined;
  const presence = await announcing;
  log.info({ synchronizer_name: synchronizer.name, worker: name }, 'worker is ready');

  const stop = async (): Promise<void> => {
    await relay.stop();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running.catch(() => undefined);
    await presence.stop();
    await tidying?.stop();
    await connection.close();
  };
  let stopping: Promise<void> | undefined;
  return {
    name,
    done: Promise.race([running, presence.ousted]),
    stop: () => (stopping ??= stop()),
  };
}

/** What the transport says is the innards of a library; what the system told it is for people. */
function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return /message: "([^"]+)"/.exec(said)?.[1] ?? said;
}

/** The SDK would ask, too, and leave a thread behind that keeps the process from ending. */
async function refuseNoNamespace(
  connection: NativeConnection,
  { address, namespace }: TemporalTarget,
): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    await connection.close();
    throw new Error(
      `Temporal at ${address} does not let a worker into the namespace «${namespace}»: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

const LONGEST_PAUSE_MS = 5_000;

/** Connect to Temporal, however long that takes. */
async function connect(
  { address, credentials }: TemporalTarget,
  log: Log,
  signal?: AbortSignal,
): Promise<NativeConnection> {
  for (let ms = 100; ; ms = Math.min(ms * 2, LONGEST_PAUSE_MS)) {
    try {
      return await NativeConnection.connect({ address, ...credentials });
    } catch (error) {
      log.warn({ address, reason: reasonOf(error) }, 'temporal cannot be reached; trying again by itself');
      await sleep(ms, undefined, { signal });
    }
  }
}
