import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { PlatformError } from './error.ts';
import { freePort } from './ports.ts';
import { ACCORD, ensureCluster, POSTGRES_ENVIRONMENT } from './postgres-cluster.ts';
import { postgresHome } from './postgres-home.ts';
import type { PostgresHome } from './postgres-home.ts';
import { startProcess } from './process.ts';
import type { Exit, RunningProcess } from './process.ts';

const START_TIMEOUT_MS = 60_000;

export interface PostgresOptions {
  /** Where the data should lie; see `folder` of the result for where it does. */
  dir: string;
  /** @default a free one */
  port?: number;
  /** False gives up safety against power cuts for speed: for tests. @default true */
  durable?: boolean;
}

export interface Postgres {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Holds the cluster, its password and its log. */
  readonly folder: string;
  /** Why `folder` is not the one that was asked for. */
  readonly moved: string | undefined;
  stop(): Promise<Exit>;
  kill(): Promise<Exit>;
}

/**
 * Start the Postgres that npm installed, on loopback, with a password that only its owner can read.
 *
 * The cluster in the folder is made when there is none. It ends with this process, killed or not.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = await postgresHome(options.dir);
  const { cluster, password } = await ensureCluster(home, options.durable ?? true);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = options.port ?? (await freePort());
    const url = `postgres://${ACCORD}:${password}@127.0.0.1:${port}/`;
    const server = await launch(home, cluster, port, options);
    const fault = await untilReady(server, `${url}postgres`, deadline);
    if (fault === undefined) {
      return {
        url: `${url}${ACCORD}`,
        port,
        pid: server.pid,
        folder: home.folder,
        moved: home.moved,
        stop: () => server.stop(),
        kill: () => server.kill(),
      };
    }
    await server.kill();
    const log = await logTail(home);
    // The port was taken meanwhile, or the processes of a killed server are still about to notice that it is gone.
    const passes = /Address already in use|pre-existing shared memory block/.test(log);
    if (!passes || Date.now() > deadline) {
      throw new PlatformError('E_POSTGRES', `Postgres in ${home.folder} did not start: ${fault}\n${log}`);
    }
    await pause(200);
  }
}

async function launch(
  { installation, folder, user }: PostgresHome,
  cluster: string,
  port: number,
  { durable = true }: PostgresOptions,
): Promise<RunningProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // Paths of sockets are limited to 107 characters, and loopback is enough.
    unix_socket_directories: '',
    max_connections: '300',
    deadlock_timeout: '100ms',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = join(folder, 'postgres.log');
  await rm(logFile, { force: true });
  return startProcess(join(installation, 'bin', 'postgres'), ['-D', cluster, ...flags], {
    cwd: '/',
    env: POSTGRES_ENVIRONMENT,
    logFile,
    // SIGINT is «fast»: SIGTERM would wait until the last client has gone.
    stopSignal: 'SIGINT',
    ...(user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } }),
  });
}

/** Wait until it answers and Accord's database exists. @returns what went wrong, if anything */
async function untilReady(
  server: RunningProcess,
  url: string,
  deadline: number,
): Promise<string | undefined> {
  let fault = 'it did not answer in time';
  while (Date.now() < deadline) {
    if (server.hasEnded()) return 'it ended at once';
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [ACCORD]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${ACCORD}`);
      return undefined;
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    } finally {
      await client.end().catch(() => undefined);
    }
    await pause(50);
  }
  return fault;
}

async function logTail({ folder }: PostgresHome): Promise<string> {
  const log = await readFile(join(folder, 'postgres.log'), 'utf8').catch(() => '');
  return log.trimEnd().split('\n').slice(-8).join('\n');
}
