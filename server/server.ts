import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { readClock } from '../store/clock.ts';
import type { Store } from '../store/store.ts';
import { serveAttempts } from './attempts.ts';
import { serveCascade } from './cascade.ts';
import { serveEvents } from './events.ts';
import { MOST_OF_A_PARAMETER, refusePath, serveFailures } from './failures.ts';
import { serveFleet } from './fleet.ts';
import { serveFleetList } from './fleet-list.ts';
import { serveApply } from './apply.ts';
import { serveGraph } from './graph.ts';
import { createGuard } from './guard.ts';
import { parseJson } from './json.ts';
import { serveMetrics } from './metrics.ts';
import { serveNeighbours } from './neighbours.ts';
import { serveObjects } from './objects.ts';
import { servePauses } from './pauses.ts';
import { servePlan } from './plan.ts';
import { serveOpenApi } from './openapi/serve.ts';
import { closeQuiet } from './quiet.ts';
import { serveSync } from './sync.ts';
import { serveUi, serveUiConfig } from './ui.ts';
import { viewOfModel } from './view.ts';
import { serveWatchers } from './watchers.ts';
import { serveWhy } from './why.ts';

const MOST_BYTES = 1_048_576;
const SLOWEST_REQUEST_MS = 30_000;

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export interface ServerParts {
  readonly store: Store;
  readonly config: Config;
  readonly log: Log;
  /** Does Temporal take what the relay sends? Absent where no relay runs. */
  readonly hasTemporal?: () => boolean;
}

/** Create the server of the REST API. It does not listen yet. */
export function createServer({ store, config, log, hasTemporal }: ServerParts): FastifyInstance {
  const guard = createGuard(config, store);
  // As Fastify's own type of logger, or the type of the instance becomes another one.
  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MOST_BYTES,
    requestTimeout: SLOWEST_REQUEST_MS,
    // Else all that come by a balancer share its limits, and the audit trail names it.
    trustProxy: config.trustedProxies.length > 0 && [...config.trustedProxies],
    routerOptions: { maxParamLength: MOST_OF_A_PARAMETER },
    frameworkErrors: (error, _request, reply) =>
      void refusePath(error, reply.headers(SECURITY_HEADERS) as FastifyReply, store),
    // Idle connections of clients do not hold up a shutdown.
    forceCloseConnections: 'idle',
  });

  serveUi(app);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS);
    await guard(request);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    request.log.debug(
      { method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request answered',
    );
    done();
  });

  // JSON alone: forms and plain text are what a foreign page can send without being asked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => parseJson(body.toString()),
  );

  closeQuiet(app);
  serveFailures(app, store);
  serveHealth(app, store, hasTemporal);
  serveMetrics(app, store, hasTemporal);
  serveUiConfig(app, config);
  app.get('/xosapi/v1/accord/models', async () => ({
    items: [...(await store.models()).values()].map(viewOfModel),
  }));
  serveSync(app, store);
  serveWhy(app, store);
  serveAttempts(app, store);
  servePauses(app, store);
  serveWatchers(app, store);
  serveNeighbours(app, store);
  serveCascade(app, store);
  serveGraph(app, store);
  serveFleet(app, store);
  serveFleetList(app, store);
  serveEvents(app, store, log);
  serveApply(app, store);
  servePlan(app, store);
  serveOpenApi(app, store);
  serveObjects(app, store);
  return app;
}

function serveHealth(app: FastifyInstance, store: Store, hasTemporal?: () => boolean): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    await readClock(store.database);
    // Without Temporal the server is ready all the same: writes are accepted and kept, and sent later.
    const temporal = hasTemporal === undefined ? {} : { temporal: hasTemporal() ? 'ok' : 'away' };
    return { status: 'ok', database: 'ok', ...temporal };
  });
}
