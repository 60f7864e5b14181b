import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ApiErrorBody } from '../client/wire.ts';
import { Refusal, StoreUnavailable, type RefusalCode } from '../store/errors.ts';
import type { Registry } from '../store/registry.ts';
import { RestoredError } from '../store/restored.ts';
import type { Store } from '../store/store.ts';
import { Denied } from './guard.ts';
import { rememberMethods } from './methods.ts';
import { spell, viewOf } from './view.ts';

const STATUS: Readonly<Record<RefusalCode, number>> = {
  E_INVALID: 400,
  E_PROTECTED: 403,
  E_NOT_FOUND: 404,
  E_UNKNOWN_MODEL: 404,
  E_STALE: 409,
  E_CONFLICT: 409,
  E_IN_USE: 409,
  E_CYCLE: 409,
};

/** Longer than any name that a path may hold. */
export const MOST_OF_A_PARAMETER = 300;

/** What Fastify itself turns away, in our words. */
const FASTIFY: Readonly<Record<string, readonly [code: string, message: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'E_TOO_LARGE',
    'the body is too large: at most 1 MB, and 32 MB for a list that is applied',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['E_MEDIA_TYPE', 'the body must be JSON: Content-Type: application/json'],
  FST_ERR_BAD_URL: ['E_REQUEST', 'the path is no path: what stands behind a % in it is no UTF-8'],
  FST_ERR_MAX_PARAM_LENGTH: [
    'E_NO_ROUTE',
    `no part of a path has more than ${MOST_OF_A_PARAMETER} characters`,
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['E_NOT_JSON', 'the body is empty: a JSON object is expected'],
};

/** Answer everything that is not a success in one form: `{"error": {code, message, faults}}`. */
export function serveFailures(app: FastifyInstance, store: Store): void {
  app.setErrorHandler(async (error, request, reply) => {
    const [status, body] = await answerTo(error, store);
    if (status === 500) request.log.error({ err: error }, 'request failed');
    else if (status === 503) request.log.warn({ err: error }, 'database cannot be used');
    if (status === 503) void reply.header('retry-after', '5');
    if (error instanceof Denied && error.retryAfter !== undefined)
      void reply.header('retry-after', String(error.retryAfter));
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.status(status).send({ error: body } satisfies ApiErrorBody);
  });

  const refuseOther = rememberMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    refuseOther({ method: request.method, path }, (methods) => void reply.header('allow', methods));
    const message = `nothing is at ${request.method} ${path}; objects are at /xosapi/v1/<app>/<plural>[/<id>]`;
    return reply
      .status(404)
      .send({ error: { code: 'E_NO_ROUTE', message, faults: [] } } satisfies ApiErrorBody);
  });
}

/** Answer what Fastify turns away by its path, before anything of ours is asked. */
export async function refusePath(error: unknown, reply: FastifyReply, store: Store): Promise<void> {
  const [status, body] = await answerTo(error, store);
  await reply.status(status).send({ error: body } satisfies ApiErrorBody);
}

/** Say what a failure is answered with: a status, and the body's `error`. */
export async function answerTo(error: unknown, store: Store): Promise<[number, ApiErrorBody['error']]> {
  if (error instanceof Refusal) return [STATUS[error.code], await refusalBody(error, store)];
  if (error instanceof StoreUnavailable) {
    return [
      503,
      { code: 'E_STORE_UNAVAILABLE', message: `${error.message}; nothing was stored`, faults: [] },
    ];
  }
  if (error instanceof RestoredError) return [503, { code: error.code, message: error.message, faults: [] }];
  const {
    statusCode = 500,
    code = 'E_REQUEST',
    message = '',
  } = error as { statusCode?: number; code?: string; message?: string };
  if (statusCode >= 500) {
    return [
      500,
      { code: 'E_INTERNAL', message: 'the server failed at this request; its log says how', faults: [] },
    ];
  }
  const [ours, said] = FASTIFY[code] ?? [code, message];
  return [statusCode, { code: ours, message: said, faults: [{ message: said }] }];
}

async function refusalBody(refusal: Refusal, store: Store): Promise<ApiErrorBody['error']> {
  const { code, message, faults, current, dependents } = refusal;
  // A refusal without details has one fault: what it says.
  const body = { code, message, faults: faults.length > 0 ? faults : [{ message }] };
  const model = current === undefined ? undefined : (await modelsOf(store)).get(current.model)?.definition;
  return {
    ...body,
    ...(current === undefined || model === undefined ? {} : { current: viewOf(current, model) }),
    ...(dependents.length === 0 ? {} : { dependents: dependents.map(spell) }),
  };
}

/** The models are there when something was refused by them; if not any more, the refusal still is. */
async function modelsOf(store: Store): Promise<Registry> {
  return store.models().catch(() => new Map() as Registry);
}
