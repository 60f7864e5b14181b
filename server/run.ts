import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { startRelay, type Relay } from '../client/relay.ts';
import { temporalTargetOf } from '../client/temporal-target.ts';
import { ConfigError, databaseUrlOf, type Config } from '../config.ts';
import { createLog, type Log } from '../log.ts';
import { awaitDatabase } from '../store/await-database.ts';
import { RestoredError } from '../store/restored.ts';
import { createStore, type Store } from '../store/store.ts';
import { readTokens } from '../store/tokens.ts';
import { startForgettingEvents } from './forget-events.ts';
import { wantsToken } from './guard.ts';
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
 * Waits for the database as long as it takes, and says so. On one that was restored it answers everything with that,
 * until it is repaired.
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
  const temporal = temporalTargetOf(config);
  const store = createStore({ databaseUrl: databaseUrlOf(config) });
  let relay: Relay | undefined;
  try {
    const app = createServer({ store, config, log, hasTemporal: () => relay?.isConnected() === true });
    const fault = await awaitDatabase(store, log, signal).catch(orRestored);
    if (fault === undefined) await refuseOpenDoor(store, config);
    await listen(app, config);
    relay = startRelay({ store, temporal, log, sweepMs: config.sweepMs });
    const { eventsDays } = config;
    const forgetting =
      eventsDays === undefined ? undefined : startForgettingEvents({ store, log }, eventsDays);
    const address = addressOf(config.bind.host, app.server.address() as AddressInfo);
    if (fault === undefined) log.info({ address }, 'server is ready');
    else log.error({ address, reason: fault.message }, 'server answers nothing else until this is repaired');
    return {
      address,
      async stop() {
        log.info('server is stopping');
        await app.close();
        await relay?.stop();
        await forgetting?.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** With no word of a restored database is anything done, so who may ask is no question yet. */
function orRestored(error: unknown): RestoredError {
  if (error instanceof RestoredError) return error;
  throw error;
}

/** Where others can reach it, nobody could use it, or everybody: so there must be a token. */
async function refuseOpenDoor(store: Store, config: Config): Promise<void> {
  if (!wantsToken(config) || config.token !== undefined) return;
  if ((await readTokens(store.database)).some(({ expired }) => !expired)) return;
  throw new ConfigError([
    `the server would listen on ${config.bind.host}, which others can reach, and there is no token: make one with \`accord token create NAME --scope admin\`, or set ACCORD_TOKEN`,
  ]);
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
