import { join } from 'node:path';
import type { TemporalTarget } from '../client/temporal.ts';
import { freePorts } from './ports.ts';
import { startProcess } from './process.ts';
import type { Exit } from './process.ts';
import type { Progress } from './progress.ts';
import { provideTemporalBinary } from './temporal-binary.ts';
import { addressOf, DYNAMIC_CONFIG, SEARCH_ATTRIBUTES, startServing, talkTo } from './temporal-start.ts';
import type { Answer } from './temporal-start.ts';

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
  /** The Web UI; absent when there is none. */
  readonly uiUrl: string | undefined;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<Exit>;
  kill(): Promise<Exit>;
}

/** Start Temporal's development server on loopback. It ends with this process, killed or not. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const binary = await provideTemporalBinary(options.onProgress ?? (() => undefined));
  const { server, port, uiPort } = await startServing({
    dir: options.dir,
    async launch(logFile) {
      const free = await freePorts(2);
      const ports = { port: options.port ?? free[0] ?? 0, uiPort: options.uiPort ?? free[1] ?? 0 };
      const args = commandLine(options, ports.port, ports.uiPort);
      return { ...ports, server: await startProcess(binary, args, { logFile }) };
    },
    ask: (address) => askTemporal({ address, namespace: 'default' }, 1_000),
  });
  return {
    address: addressOf(port),
    uiUrl: options.headless === true ? undefined : `http://127.0.0.1:${uiPort}`,
    port,
    pid: server.pid,
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

function commandLine(
  { dir, headless = false, dynamicConfig }: TemporalOptions,
  port: number,
  uiPort: number,
): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...(headless ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...['--db-filename', join(dir, 'temporal.db'), '--sqlite-pragma', 'journal_mode=WAL'],
    // It does not wait for the disk with each step that it takes, and does 30 % more workflows a second. What is killed loses
    // nothing by it. A power cut may take its last steps, and Accord tells it again: all truth is in Postgres.
    ...['--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--log-level', 'error'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries({ ...DYNAMIC_CONFIG, ...dynamicConfig }).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
}

/** Ask whether a Temporal server with this namespace answers. */
export function askTemporal(target: TemporalTarget, timeoutMs: number): Promise<Answer> {
  return talkTo(target, timeoutMs, async ({ workflowService }) => {
    await workflowService.describeNamespace({ namespace: target.namespace });
  });
}
