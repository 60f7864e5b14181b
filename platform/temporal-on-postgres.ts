import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isGrpcServiceError, type Connection } from '@temporalio/client';
import { freePorts } from './ports.ts';
import { startProcess } from './process.ts';
import type { Progress } from './progress.ts';
import { provideTemporalServer } from './temporal-binary.ts';
import { addressOf, DYNAMIC_CONFIG, SEARCH_ATTRIBUTES, startServing, talkTo } from './temporal-start.ts';
import type { Answer } from './temporal-start.ts';
import type { Temporal } from './temporal.ts';

export interface TemporalOnPostgresOptions {
  /** Where its log and its settings are kept; all else is in Postgres. */
  dir: string;
  /**
   * Its databases there are `temporal` and `temporal_visibility`; the user owns them, or may make them. Up to 120
   * connections are held.
   */
  databaseUrl: string;
  /** @default a free one */
  port?: number;
  /** Settings of the server besides those that it always gets. */
  dynamicConfig?: Readonly<Record<string, number | boolean>>;
  onProgress?: Progress;
}

const NAMESPACE = 'default';
/** Fixed for ever with the first start. */
const SHARDS = 64;
const ASK_MS = 5_000;
/** The status of gRPC. */
const NOT_FOUND = 5;

/** Start a Temporal server that keeps all in a Postgres, on loopback. It ends with this process, killed or not. */
export async function startTemporalOnPostgres(options: TemporalOnPostgresOptions): Promise<Temporal> {
  const binary = await provideTemporalServer(options.onProgress ?? (() => undefined));
  await mkdir(options.dir, { recursive: true });
  const settingsFile = await writeSettings(options);
  const { server, port } = await startServing({
    dir: options.dir,
    async launch(logFile) {
      const [free = 0, http = 0, history = 0, matching = 0, worker = 0] = await freePorts(5);
      const port = options.port ?? free;
      const env = {
        // Nothing else of ours: it knows a hundred variables.
        PATH: process.env['PATH'],
        ...databaseVariables(options.databaseUrl),
        NUM_HISTORY_SHARDS: String(SHARDS),
        DYNAMIC_CONFIG_FILE_PATH: settingsFile,
        LOG_LEVEL: 'error',
        BIND_ON_IP: '127.0.0.1',
        FRONTEND_GRPC_PORT: String(port),
        FRONTEND_HTTP_PORT: String(http),
        HISTORY_GRPC_PORT: String(history),
        MATCHING_GRPC_PORT: String(matching),
        WORKER_GRPC_PORT: String(worker),
      };
      return { port, server: await startProcess(binary, [], { env, logFile }) };
    },
    ask: ensureNamespace,
  });
  return {
    address: addressOf(port),
    uiUrl: undefined,
    port,
    pid: server.pid,
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

async function writeSettings({ dir, dynamicConfig }: TemporalOnPostgresOptions): Promise<string> {
  const file = join(dir, 'settings.yaml');
  const settings = Object.entries({ ...DYNAMIC_CONFIG, ...dynamicConfig });
  // JSON is YAML, too.
  const text = JSON.stringify(Object.fromEntries(settings.map(([key, value]) => [key, [{ value }]])));
  await writeFile(file, text);
  return file;
}

function databaseVariables(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  return {
    POSTGRES_SEEDS: hostname,
    DB_PORT: port || '5432',
    POSTGRES_USER: decodeURIComponent(username),
    POSTGRES_PWD: decodeURIComponent(password),
  };
}

/** Make what a development server has by itself, where it is missing, and see whether work can begin. */
function ensureNamespace(address: string): Promise<Answer> {
  return talkTo({ address }, ASK_MS, async ({ workflowService, operatorService }) => {
    await workflowService.describeNamespace({ namespace: NAMESPACE }).catch(async (error: unknown) => {
      if (!isGrpcServiceError(error) || (error.code as number) !== NOT_FOUND) throw error;
      const workflowExecutionRetentionPeriod = { seconds: 86_400 as unknown as Long };
      await workflowService.registerNamespace({ namespace: NAMESPACE, workflowExecutionRetentionPeriod });
    });
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: NAMESPACE });
    const missing = SEARCH_ATTRIBUTES.filter((name) => !Object.hasOwn(customAttributes, name));
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
      await operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
    }
    // Refused as long as not every part of the server has heard of them, which takes it some seconds.
    const query = SEARCH_ATTRIBUTES.map((name) => `${name} = 'any'`).join(' AND ');
    await workflowService.countWorkflowExecutions({ namespace: NAMESPACE, query });
  });
}

type Long = NonNullable<
  NonNullable<
    Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;

/** Of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;
