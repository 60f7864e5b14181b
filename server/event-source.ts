import type { FastifyReply } from 'fastify';

/** An answer that goes on: Server-Sent Events, until the client goes or is let go. */
export interface EventSource {
  /** @param event absent: an ordinary message */
  send(id: string, data: unknown, event?: string): void;
  /** Aborted when it has ended, however. */
  readonly signal: AbortSignal;
  end(): void;
}

/** So that what stands between finds the connection alive, and a client that is gone is noticed. */
const ALIVE_MS = 15_000;
/** What a client has not taken yet; beyond it is let go, and may come back with `Last-Event-ID`. */
const MOST_UNSENT = 4_194_304;
/** A single event may be longer than that, and who is slow is not gone: so long may the rest take. */
const TAKES_MS = 30_000;
/** When a client that was let go is to come back. */
const RETRY_MS = 1_000;

/**
 * Open a stream in place of an ordinary answer.
 *
 * @param open the streams that are counted: this one is, until it is closed; what is unsent takes memory until then
 * @param takesMs how long a client that is let go may take what is unsent, before it is thrown away
 */
export function openEventSource(
  reply: FastifyReply,
  open: Set<EventSource>,
  takesMs = TAKES_MS,
): EventSource {
  const ended = new AbortController();
  const { raw } = reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);
  const alive = setInterval(() => raw.write(': alive\n\n'), ALIVE_MS);
  let closing: NodeJS.Timeout | undefined;
  ended.signal.addEventListener('abort', () => {
    clearInterval(alive);
    raw.end();
    // That waits for the client to read, which it may never do.
    closing = setTimeout(() => raw.destroy(), takesMs).unref();
  });
  const source: EventSource = {
    send(id, data, event) {
      if (ended.signal.aborted) return;
      raw.write(
        `id: ${id}\n${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`,
      );
      if (raw.writableLength > MOST_UNSENT) ended.abort();
    },
    signal: ended.signal,
    end: () => ended.abort(),
  };
  const close = (): void => {
    ended.abort();
    clearTimeout(closing);
    open.delete(source);
  };
  open.add(source);
  raw.on('close', close);
  // Gone before we looked: nothing would tell us so any more.
  if (raw.destroyed) close();
  return source;
}
