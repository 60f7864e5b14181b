import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../platform/ports.ts';
import { startPostgres } from '../../platform/postgres.ts';
import { startProcess } from '../../platform/process.ts';
import { startTemporalOnPostgres } from '../../platform/temporal-on-postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';
import type { Programs } from './programs.ts';

export type Kind = 'Postgres' | 'Temporal' | 'server' | 'worker';

/** A process that may die at any moment, and comes back where it was. */
export interface Actor {
  readonly name: string;
  readonly kind: Kind;
  /** Of the one that runs, or ran last. */
  pid(): number;
  /** When it was started last. @format milliseconds */
  startedAt(): number;
  isThere(): boolean;
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** All processes of an installation, each by itself. */
export interface Cast {
  readonly servers: readonly string[];
  readonly actors: readonly Actor[];
  databaseUrl(): string;
  /** Attempts for which all workers have room together. */
  readonly slots: number;
  /** Whether the worker whose log file is on a full disk has said so. */
  hasComplained(): Promise<boolean>;
  /** Whether the logs of those whose clocks jump show times at which they were not written. */
  isMistaken(): Promise<boolean>;
  stop(): Promise<void>;
}

const SERVERS = 2;
const WORKERS = 3;
/** Its log file cannot be written. */
const ON_FULL_DISK = `worker ${WORKERS}`;
/** Their wall clocks jump. */
const MISTAKEN = [`server ${SERVERS}`, 'worker 1'];
const SLOTS = 20;
const A_MINUTE_MS = 60_000;
const JUMPING_CLOCK = new URL('./jumping-clock.mjs', import.meta.url);

/** Leases of a few seconds, so that what is lost is missed soon; not so short that a busy machine looks dead. */
const SHORT = {
  ACCORD_LEASE_MS: '6000',
  ACCORD_RENEW_MS: '1000',
  ACCORD_HEARTBEAT_MS: '6000',
  ACCORD_RETRY_INITIAL_MS: '500',
  ACCORD_RETRY_MAX_MS: '4000',
  ACCORD_SWEEP_MS: '15000',
  ACCORD_SHUTDOWN_MS: '2000',
  ACCORD_SLOTS: String(SLOTS),
  ACCORD_LOG_LEVEL: 'warn',
};

const START_MS = 60_000;

export async function startCast(
  folder: string,
  programs: Programs,
  environment: Readonly<Record<string, string>>,
  server: 'dev' | 'postgres',
): Promise<Cast> {
  const [postgresPort = 0, temporalPort = 0, uiPort = 0, ...serverPorts] = await freePorts(3 + SERVERS);
  const begunAt = Date.now();
  let databaseUrl = '';
  const dir = (name: string): string => join(folder, name);
  await mkdir(dir('logs'));
  await mkdir(dir('full'));
  // Every write to it says that there is no space left; for that nobody needs to be root.
  await symlink('/dev/full', join(dir('full'), 'accord.1.log'));

  const accord = (
    kind: Kind,
    name: string,
    program: readonly string[],
    more: Record<string, string>,
  ): Actor =>
    actor(kind, name, () =>
      startProcess(
        process.execPath,
        MISTAKEN.includes(name) ? [`--import=${JUMPING_CLOCK.href}`, ...program] : program,
        {
          env: {
            ...Object.fromEntries(['PATH', 'HOME', 'XDG_CACHE_HOME'].map((key) => [key, process.env[key]])),
            ...environment,
            ...SHORT,
            // They say when they start, whatever happens to them later: by that they are known to be mistaken.
            ...(MISTAKEN.includes(name) && { ACCORD_LOG_LEVEL: 'info' }),
            ...more,
            DATABASE_URL: databaseUrl,
            TEMPORAL_ADDRESS: `127.0.0.1:${temporalPort}`,
          },
          logFile: join(dir('logs'), name),
        },
      ),
    );
  const actors: readonly Actor[] = [
    actor('Postgres', 'Postgres', async () => {
      const postgres = await startPostgres({ dir: dir('postgres'), port: postgresPort });
      databaseUrl = postgres.url;
      return postgres;
    }),
    actor('Temporal', 'Temporal', () =>
      server === 'dev'
        ? startTemporal({ dir: dir('temporal'), port: temporalPort, uiPort, headless: true })
        : untilStarted(() =>
            startTemporalOnPostgres({ dir: dir('temporal'), port: temporalPort, databaseUrl }),
          ),
    ),
    ...serverPorts.map((port, index) =>
      accord('server', `server ${index + 1}`, programs.server, { ACCORD_BIND: `127.0.0.1:${port}` }),
    ),
    ...Array.from({ length: WORKERS }, (_, index) => `worker ${index + 1}`).map((name) =>
      accord(
        'worker',
        name,
        programs.worker,
        name === ON_FULL_DISK
          ? { ACCORD_LOG_FILE: join(dir('full'), 'accord.log'), ACCORD_LOG_LEVEL: 'info' }
          : {},
      ),
    ),
  ];
  for (const one of actors) await one.start();

  return {
    servers: serverPorts.map((port) => `http://127.0.0.1:${port}`),
    actors,
    databaseUrl: () => databaseUrl,
    slots: WORKERS * SLOTS,
    hasComplained: async () =>
      (await readFile(join(dir('logs'), ON_FULL_DISK), 'utf8')).includes('the log file cannot be written'),
    async isMistaken() {
      const logs = await Promise.all(MISTAKEN.map((name) => readFile(join(dir('logs'), name), 'utf8')));
      return logs.every((log) =>
        [...log.matchAll(/"time":"([^"]+)"/g)].some(([, time = '']) => {
          const at = Date.parse(time);
          return at < begunAt - A_MINUTE_MS || at > Date.now() + A_MINUTE_MS;
        }),
      );
    },
    async stop() {
      for (const one of actors.toReversed()) await one.stop();
    },
  };
}

/** Its Postgres, which is Accord's, too, may be dead just now. */
async function untilStarted(begin: () => Promise<Running>): Promise<Running> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    try {
      return await begin();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

interface Running {
  readonly pid: number;
  kill(): Promise<unknown>;
  stop(): Promise<unknown>;
}

function actor(kind: Kind, name: string, begin: () => Promise<Running>): Actor {
  let running: Running | undefined;
  let startedAt = 0;
  const isThere = (): boolean => {
    try {
      return running !== undefined && process.kill(running.pid, 0);
    } catch {
      return false;
    }
  };
  return {
    name,
    kind,
    pid: () => running?.pid ?? -1,
    startedAt: () => startedAt,
    isThere,
    async start() {
      running = await begin();
      startedAt = Date.now();
    },
    async kill() {
      if (isThere()) await running?.kill();
    },
    async stop() {
      // What is frozen hears of nothing else.
      if (isThere()) process.kill(running?.pid ?? -1, 'SIGCONT');
      await running?.stop();
    },
  };
}
