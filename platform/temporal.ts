import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { PlatformError } from './error.ts';
import { freePorts } from './ports.ts';
import { startProcess } from './process.ts';
import type { Exit, RunningProcess } from './process.ts';
import type { Progress } from './progress.ts';
import { provideTemporalBinary } from './temporal-binary.ts';

const START_TIMEOUT_MS = 60_000;

export interface TemporalOptions {
  /** Where its database and its log are kept. A server that is started again here goes on with what is there. */
  dir: string;
  /** @default a free one */
  port?: number;
  /** @default a free one */
  uiPort?: number;
  /** Without the Web UI: for tests. @default false */
  headless?: boolean;
  /** Settings of the server besides those that it always gets. */
  dynamicConfig?: Readonly<Record<string, number | boolean>>;
  onProgress?: Progress;
}

export interface Temporal {
  readonly address: string;
  /** The Web UI; absent when headless. */
  readonly uiUrl: string | undefined;
  readonly port: number;
  readonly uiPort: number;
  readonly pid: number;
  stop(): Promise<Exit>;
  kill(): Promise<Exit>;
}

/** What the Web UI lists workflows by. All keywords: a SQL store has ten of them, and three of each other type. */
const SEARCH_ATTRIBUTES = ['Synchronizer', 'Model', 'ObjectId', 'SyncState'];

/** The defaults suit a cluster of many shards; on the single shard of this server they are brakes. */
const DYNAMIC_CONFIG = {
  'frontend.namespaceRPS': 100_000,
  'frontend.rps': 100_000,
  'history.rps': 100_000,
  'matching.rps': 100_000,
  'system.enableActivityEagerExecution': true,
  // 20 per shard by default: once the burst is used up, every workflow task waits for 40 ms.
  'history.transferProcessorMaxPollRPS': 2_000,
  'history.timerProcessorMaxPollRPS': 2_000,
  'history.visibilityProcessorMaxPollRPS': 2_000,
  // Else every timer of the server, retry delays included, is rounded up to a second.
  'history.timerProcessorMaxTimeShift': '10ms',
};

/** Start Temporal's development server on loopback. It ends with this process, killed or not. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const binary = await provideTemporalBinary(options.onProgress ?? (() => undefined));
  await mkdir(options.dir, { recursive: true });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const free = await freePorts(2);
    const port = options.port ?? free[0] ?? 0;
    const uiPort = options.uiPort ?? free[1] ?? 0;
    const server = await launch(binary, options, port, uiPort);
    const address = `127.0.0.1:${port}`;
    const fault = await untilReady(server, address, deadline);
    if (fault === undefined) {
      return {
        address,
        uiUrl: options.headless === true ? undefined : `http://127.0.0.1:${uiPort}`,
        port,
        uiPort,
        pid: server.pid,
        stop: () => server.stop(),
        kill: () => server.kill(),
      };
    }
    await server.kill();
    const log = await logTail(options.dir);
    // Somebody else took the port meanwhile, or what was killed a moment ago still has it.
    if (!log.includes('address already in use') || Date.now() > deadline) {
      throw new PlatformError('E_TEMPORAL', `Temporal in ${options.dir} did not start: ${fault}\n${log}`);
    }
    await pause(200);
  }
}

async function launch(
  binary: string,
  { dir, headless = false, dynamicConfig }: TemporalOptions,
  port: number,
  uiPort: number,
): Promise<RunningProcess> {
  const logFile = join(dir, 'temporal.log');
  await rm(logFile, { force: true });
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...(headless ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...['--db-filename', join(dir, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL'],
    ...['--log-level', 'error'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries({ ...DYNAMIC_CONFIG, ...dynamicConfig }).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
  return startProcess(binary, args, { logFile });
}

/** Wait until the default namespace answers. @returns what went wrong, if anything */
async function untilReady(
  server: RunningProcess,
  address: string,
  deadline: number,
): Promise<string | undefined> {
  let fault = 'it did not answer in time';
  while (Date.now() < deadline) {
    if (server.hasEnded()) return 'it ended at once';
    const answer = await askTemporal(address, 'default');
    if (answer.isThere) return undefined;
    fault = answer.fault;
    await pause(50);
  }
  return fault;
}

type Answer = { isThere: true; version: string } | { isThere: false; fault: string };

/** Ask whether a Temporal server with this namespace answers at an address. */
export async function askTemporal(address: string, namespace: string, timeoutMs = 1_000): Promise<Answer> {
  let connection: Connection | undefined;
  try {
    const connecting = await Connection.connect({ address, connectTimeout: timeoutMs });
    connection = connecting;
    return await connecting.withDeadline(Date.now() + timeoutMs, async () => {
      await connecting.workflowService.describeNamespace({ namespace });
      const { serverVersion } = await connecting.workflowService.getSystemInfo({});
      return { isThere: true, version: serverVersion };
    });
  } catch (error) {
    return { isThere: false, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await connection?.close();
  }
}

async function logTail(dir: string): Promise<string> {
  const log = await readFile(join(dir, 'temporal.log'), 'utf8').catch(() => '');
  return log.trimEnd().split('\n').slice(-8).join('\n');
}
