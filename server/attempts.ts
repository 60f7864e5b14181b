import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type {
  ApiAttempt,
  ApiAttemptDetail,
  ApiAttemptEvent,
  ApiBundle,
  ApiOutput,
} from '../client/attempt-wire.ts';
import type { ApiList } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { readAttemptEvents } from '../store/attempt-events.ts';
import { readAttempt, readAttempts, readBundle, type AttemptDetail } from '../store/attempt-history.ts';
import { Refusal } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { viewOfAttempt, viewOfAttemptEvent, viewOfDetail } from './attempt-view.ts';
import { OPERATE } from './caller.ts';
import { openEventSource, type EventSource } from './event-source.ts';
import { given } from './given.ts';
import { page, pageBefore } from './page.ts';
import { objectThere } from './resource.ts';
import { spell } from './view.ts';

type Request = FastifyRequest<{
  Params: { readonly model: string; readonly id: string; readonly number: string };
}>;

const PAGE = 1_000;
const LOOK_MS = 250;
/** Each looks into the database a few times a second. */
const MOST_CLIENTS = 100;

/** Serve the attempts on an object: as a list, each with all that was said in it, and what happened in its playbook. */
export function serveAttempts(app: FastifyInstance, store: Store): void {
  const { database } = store;
  const all = '/xosapi/v1/accord/objects/:model/:id/attempts';
  const one = `${all}/:number`;
  const streams = new Set<EventSource>();
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
  });

  app.get(all, async (request: Request): Promise<ApiList<ApiAttempt>> => {
    const { object } = await objectThere(store, request);
    const which = pageBefore(request.query);
    const attempts = await readAttempts(database, object, which);
    const last = attempts.at(-1);
    const items = attempts.map(viewOfAttempt);
    if (last === undefined || attempts.length < which.limit) return { items };
    const here = `/xosapi/v1/accord/objects/${object.model}/${object.id}/attempts`;
    return { items, next: `${here}?before=${last.number}&limit=${which.limit}` };
  });

  app.get(one, async (request: Request): Promise<ApiAttemptDetail> => {
    const { attempt } = await attemptAt(store, request);
    return viewOfDetail(attempt);
  });

  app.get(`${one}/output`, OPERATE, async (request: Request): Promise<ApiOutput> => {
    const { attempt } = await attemptAt(store, request);
    return { output: attempt.output };
  });

  app.get(`${one}/bundle`, OPERATE, async (request: Request): Promise<ApiBundle> => {
    const { registry, object } = await objectThere(store, request);
    const number = numberAt(request);
    const bundle = await readBundle(database, object, number);
    const model = registry.get(object.model);
    if (bundle === null || model === undefined) {
      const message = `nothing is kept of what attempt ${number} on ${spell(object)} has run: no playbook, or too long a one`;
      throw new Refusal('E_NOT_FOUND', message);
    }
    const { definition, synchronizer } = model;
    return { object: spell(object), app: definition.app, synchronizer, bundle: { ...bundle } };
  });

  app.get(
    `${one}/events`,
    async (request: Request, reply): Promise<ApiList<ApiAttemptEvent> | FastifyReply> => {
      const { ref, attempt } = await attemptAt(store, request);
      const { after, limit } = page(request.query);
      if (request.headers.accept?.includes('text/event-stream') === true) {
        if (streams.size >= MOST_CLIENTS) return reply.status(503).send({ error: TOO_MANY });
        const source = openEventSource(reply, streams);
        void follow(store, ref, attempt.number, Math.max(after, lastIdOf(request)), source)
          .catch((error: unknown) => request.log.warn({ err: error }, 'an attempt could not be followed'))
          .finally(() => source.end());
        return reply;
      }
      const events = await readAttemptEvents(database, ref, attempt.number, { after, limit });
      const last = events.at(-1);
      const items = events.map(viewOfAttemptEvent);
      if (last === undefined || events.length < limit) return { items };
      const here = `/xosapi/v1/accord/objects/${ref.model}/${ref.id}/attempts/${attempt.number}/events`;
      return { items, next: `${here}?after=${last.number}&limit=${limit}` };
    },
  );
}

const TOO_MANY = {
  code: 'E_TOO_MANY',
  message: `${MOST_CLIENTS} clients follow attempts already: ask later, or for the list`,
  faults: [],
};

/** Send what happens until the attempt has ended; then, as the event `end`, the attempt. */
async function follow(
  { database }: Store,
  ref: Ref,
  number: number,
  after: number,
  source: EventSource,
): Promise<void> {
  for (let here = after; !source.signal.aborted;) {
    // The attempt first: what happened before its end is then among the events.
    const attempt = await readAttempt(database, ref, number);
    const events = await readAttemptEvents(database, ref, number, { after: here, limit: PAGE });
    for (const event of events) source.send(String(event.number), viewOfAttemptEvent(event));
    here = events.at(-1)?.number ?? here;
    if (events.length === PAGE) continue;
    if (attempt === null || attempt.finished !== null) {
      source.send(String(here), attempt === null ? null : viewOfAttempt(attempt), 'end');
      return;
    }
    await sleep(LOOK_MS, undefined, { signal: source.signal }).catch(() => undefined);
  }
}

async function attemptAt(
  store: Store,
  request: Request,
): Promise<{ readonly ref: Ref; readonly attempt: AttemptDetail }> {
  const { object } = await objectThere(store, request);
  const number = numberAt(request);
  const attempt = await readAttempt(store.database, object, number);
  if (attempt === null) {
    const message = `there is no attempt ${number} on ${spell(object)}; the last twenty are kept`;
    throw new Refusal('E_NOT_FOUND', message);
  }
  return { ref: { model: object.model, id: object.id }, attempt };
}

const AttemptPath = z.object({
  number: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, { error: 'must be the number of an attempt' })
    .transform(Number),
});

const numberAt = ({ params }: Request): number => given(AttemptPath, params).number;

/** A browser that comes back says where it was by a header. */
function lastIdOf({ headers }: Request): number {
  const last = headers['last-event-id'];
  return typeof last === 'string' && /^\d{1,9}$/.test(last) ? Number(last) : 0;
}
