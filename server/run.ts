import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { startRelay, type Relay } from '../client/relay.ts';
import { ConfigError, databaseUrlOf, type Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { createStore, type Store } from '../store/store.ts';
import { createServer } from './server.ts';

export interface RunningServer {
  /** Base address, as in `http://127.0.0.1:8000`. */
  readonly address: string;
  /** Answer what was asked, then close everything. */
  stop(): Promise<void>;
}

/**
 * Run the server of an installation: the REST API, and the relay that brings changes to Temporal.
 *
 * Waits for the database as long as it takes, and says so.
 *
 * @throws {ConfigError} when no database is named; when the address is taken
 */
export async function runServer(
  config: Config,
  {
    log = createLog({ level: config.logLevel }),
    signal,
  }: { readonly log?: Log; readonly signal?: AbortSignal } = {},
): Promise<RunningServer> {
  const store = createStore({ databaseUrl: databaseUrlOf(config) });
  let relay: Relay | undefined;
  try {
    const app = createServer({ store, config, log, hasTemporal: () => relay?.isConnected() === true });
    await prepared(store, log, signal);
    await listen(app, config);
    relay = startRelay({ store, temporal: temporalOf(config), log, sweepMs: config.sweepMs });
    const address = addressOf(config.bind.host, app.server.address() as AddressInfo);
    log.info({ address }, 'server is ready');
    return {
      address,
      async stop() {
        log.info('server is stopping');
        await app.close();
        await relay?.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const temporalOf = (config: Config) => ({
  address: config.temporalAddress,
  namespace: config.temporalNamespace,
});

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

async function prepared(store: Store, log: Log, signal: AbortSignal | undefined): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      await store.ensureSchema();
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn({ reason: error.message, retry_in_ms: waitMs }, 'database cannot be reached, trying again');
      await sleep(waitMs, undefined, { signal });
    }
  }
}

async function listen(app: FastifyInstance, { bind }: Config): Promise<void> {
  try {
    await app.listen({ ...bind });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const taken = `${bind.host}:${bind.port} is taken by another process`;
    throw new ConfigError([`the server cannot listen: ${taken}; end it, or set ACCORD_BIND to another port`]);
  }
}

function addressOf(host: string, { port }: AddressInfo): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
