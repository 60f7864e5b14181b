import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiEvent } from '../client/operate-wire.ts';
import type { ApiList } from '../client/wire.ts';
import type { Log } from '../log.ts';
import {
  endOfEvents,
  isAhead,
  readEventsAfter,
  readEventsOf,
  readLastEvents,
  type Cursor,
  type StoredEvent,
} from '../store/events.ts';
import type { Registry } from '../store/registry.ts';
import type { Store } from '../store/store.ts';
import { createEventFeed, type EventFeed } from './event-feed.ts';
import { openEventSource, type EventSource } from './event-source.ts';
import { cursorIn, spellCursor, viewOfEvent } from './event-view.ts';
import { given } from './given.ts';
import { limitSchema, pageBefore } from './page.ts';
import { notFound, objectAt, type ObjectRequest } from './resource.ts';

const MOST_CLIENTS = 1000;

const cursorError = 'must be the cursor of an event, as in 7381-412';
const EventsQuery = z.strictObject({
  after: z
    .string()
    .refine((text) => cursorIn(text) !== undefined, { error: cursorError })
    .optional(),
  limit: limitSchema,
  model: z.string().optional(),
});

/** Serve the audit trail: of an object, of all as a list, and as a stream of Server-Sent Events. */
export function serveEvents(app: FastifyInstance, store: Store, log: Log): void {
  const feed = createEventFeed(store.database, log);
  const streams = new Set<EventSource>();
  const end = (): Promise<Cursor> => endOfEvents(store.database);
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end();
    feed.stop();
  });

  app.get(
    '/xosapi/v1/accord/objects/:model/:id/events',
    async (request: ObjectRequest): Promise<ApiList<ApiEvent>> => {
      const { registry, ref } = await objectAt(store, request);
      const which = pageBefore(request.query);
      const events = await readEventsOf(store.database, registry, ref, which);
      // Of what is gone, the trail remains; of what is there, it may have been forgotten.
      const isFirst = which.before === undefined;
      if (events.length === 0 && isFirst && (await store.get(ref)) === null)
        throw notFound(ref.model, ref.id);
      const items = events.map((event) => viewOfEvent(event, registry));
      const last = events.at(-1);
      if (last === undefined || events.length < which.limit) return { items };
      const here = `/xosapi/v1/accord/objects/${ref.model}/${ref.id}/events`;
      return { items, next: `${here}?before=${last.id}&limit=${which.limit}` };
    },
  );

  app.get('/xosapi/v1/accord/events', async (request, reply) => {
    const { after, limit, model } = given(EventsQuery, request.query);
    const from = await stillThere(store, startOf(request, after));
    const wants = (event: StoredEvent): boolean => model === undefined || event.model === model;
    if (request.headers.accept?.includes('text/event-stream') === true)
      return stream(request, reply, { feed, streams, from, wants, models: () => store.models(), end });
    const registry = await store.models();
    // First the place, then the events: what happens between is told again, and not lost.
    const place = await end();
    const events =
      from === undefined
        ? (await readLastEvents(store.database, { limit })).toReversed()
        : await readEventsAfter(store.database, from, limit);
    return {
      items: events.filter(wants).map((event) => viewOfEvent(event, registry)),
      cursor: spellCursor(from === undefined ? place : (events.at(-1) ?? from)),
    };
  });
}

/** Who comes with a place of before the database was restored begins anew, at the end. */
async function stillThere({ database }: Store, place: Cursor | undefined): Promise<Cursor | undefined> {
  return place !== undefined && (await isAhead(database, place)) ? undefined : place;
}

/** A browser that comes back says where it was by a header. */
function startOf({ headers }: FastifyRequest, after: string | undefined): Cursor | undefined {
  const last = headers['last-event-id'];
  return (
    (typeof last === 'string' ? cursorIn(last) : undefined) ??
    (after === undefined ? undefined : cursorIn(after))
  );
}

interface Stream {
  readonly feed: EventFeed;
  readonly streams: Set<EventSource>;
  readonly from: Cursor | undefined;
  readonly wants: (event: StoredEvent) => boolean;
  readonly models: () => Promise<Registry>;
  readonly end: () => Promise<Cursor>;
}

async function stream(request: FastifyRequest, reply: FastifyReply, open: Stream): Promise<FastifyReply> {
  if (open.streams.size >= MOST_CLIENTS)
    return reply.status(503).send({
      error: {
        code: 'E_TOO_MANY',
        message: `${MOST_CLIENTS} clients follow the events already: ask later`,
        faults: [],
      },
    });
  let registry = await open.models();
  const source = openEventSource(reply, open.streams);

  const hear = (events: readonly StoredEvent[]): void => {
    for (const event of events.filter(open.wants))
      source.send(spellCursor(event), viewOfEvent(event, registry));
    // Models may have come since: the next ones are masked by what holds then.
    void open.models().then(
      (models) => (registry = models),
      () => undefined,
    );
  };
  try {
    // Without this a client that comes back before the first event would not know where it was.
    const start = open.from ?? (await open.end());
    source.send(spellCursor(start), { cursor: spellCursor(start) }, 'hello');
    await open.feed.listen({ hear, end: () => source.end(), signal: source.signal }, start);
  } catch (error) {
    request.log.warn({ err: error }, 'events could not be read for a client');
    source.end();
  }
  return reply;
}
