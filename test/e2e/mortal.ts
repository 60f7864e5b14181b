import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../client/http.ts';
import { freePorts } from '../../platform/ports.ts';
import { startPostgres, type Postgres } from '../../platform/postgres.ts';
import { startTemporal, type Temporal } from '../../platform/temporal.ts';
import { startAccord, type AccordProcess } from './accord.ts';
import { addressIn, watch, type Installation } from './installation.ts';

/** An installation of which every process may die, Postgres and Temporal included, and be started again where it was. */
export interface Mortal extends Pick<Installation, 'api' | 'until' | 'untilSynced' | 'untilGone'> {
  /** Base address of the server. */
  readonly server: string;
  readonly temporalAddress: string;
  /** Where Postgres keeps its cluster. */
  readonly cluster: string;
  /** Where Temporal keeps its database. */
  readonly temporalFolder: string;
  /** What its processes are told. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startPostgres: () => Promise<void>;
  readonly startTemporal: () => Promise<void>;
  /** Does not wait for it to be ready. */
  readonly startServer: () => Promise<AccordProcess>;
  /** Does not wait for it to be ready. @param other a folder in place of the one that it began with */
  readonly startWorker: (other?: string) => Promise<AccordProcess>;
  /** Those that live. */
  readonly workers: () => readonly AccordProcess[];
  readonly stopPostgres: () => Promise<void>;
  readonly killTemporal: () => Promise<void>;
  /** All processes, at the same moment, as a power cut would. */
  readonly killAll: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Short, so that what is lost is missed soon; not so short that a busy machine looks dead. */
const SHORT = {
  ACCORD_LEASE_MS: '4000',
  ACCORD_RENEW_MS: '500',
  ACCORD_HEARTBEAT_MS: '4000',
  ACCORD_RETRY_INITIAL_MS: '1000',
  ACCORD_RETRY_MAX_MS: '4000',
  ACCORD_SHUTDOWN_MS: '1500',
  ACCORD_SWEEP_MS: '3000',
};

/** Start all of it, with two workers for the synchronizer in `folder`. */
export async function startMortal(folder: string, own: Readonly<Record<string, string>>): Promise<Mortal> {
  const home = await mkdtemp(join(tmpdir(), 'accord-mortal-'));
  // The user that runs Postgres for root must be able to enter.
  await chmod(home, 0o711);
  const [postgresPort = 0, temporalPort = 0, serverPort = 0] = await freePorts(3);
  const temporalFolder = join(home, 'temporal');
  let postgres: Postgres | undefined;
  let temporal: Temporal | undefined;
  const processes = new Set<AccordProcess>();
  const working = new Set<AccordProcess>();

  const bringPostgres = async (): Promise<void> => {
    postgres = await startPostgres({ dir: join(home, 'postgres'), port: postgresPort });
  };
  const bringTemporal = async (): Promise<void> => {
    temporal = await startTemporal({ dir: temporalFolder, port: temporalPort, headless: true });
  };
  await bringPostgres();
  await bringTemporal();
  const environment = {
    ...own,
    ...SHORT,
    DATABASE_URL: postgres?.url ?? '',
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
    ACCORD_BIND: `127.0.0.1:${serverPort}`,
  };
  const start = async (args: readonly string[]): Promise<AccordProcess> => {
    const one = await startAccord(args, environment);
    processes.add(one);
    void one.ended.then(() => processes.delete(one));
    return one;
  };
  const startWorker = async (other = folder): Promise<AccordProcess> => {
    const one = await start(['worker', other]);
    working.add(one);
    return one;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...processes].map((one) => one.stop()));
    await temporal?.stop();
    await postgres?.stop();
    await rm(home, { recursive: true, force: true });
    await rm(postgres?.folder ?? home, { recursive: true, force: true });
  };
  try {
    const [main, ...workers] = await Promise.all([start(['server']), startWorker(), startWorker()]);
    await Promise.all(workers.map((one) => one.said(/worker is ready/)));
    const server = addressIn(await main.said(/server is ready/));
    return {
      server,
      temporalAddress: environment.TEMPORAL_ADDRESS,
      cluster: join(postgres?.folder ?? home, 'cluster'),
      temporalFolder,
      environment,
      ...watch(createClient({ server })),
      startPostgres: bringPostgres,
      startTemporal: bringTemporal,
      startServer: () => start(['server']),
      startWorker,
      workers: () => [...working].filter((one) => !one.hasEnded()),
      async stopPostgres() {
        await postgres?.stop();
      },
      async killTemporal() {
        await temporal?.kill();
      },
      async killAll() {
        const parts = [...processes, postgres, temporal].filter((part) => part !== undefined);
        await Promise.all(parts.map((part) => part.kill()));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
