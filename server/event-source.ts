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

/** Open a stream in place of an ordinary answer. @param retryMs when a client that was let go is to come back */
export function openEventSource(reply: FastifyReply, retryMs = 1_000): EventSource {
  const ended = new AbortController();
  const { raw } = reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${retryMs}\n\n`);
  const alive = setInterval(() => raw.write(': alive\n\n'), ALIVE_MS);
  ended.signal.addEventListener('abort', () => {
    clearInterval(alive);
    raw.end();
  });
  raw.on('close', () => ended.abort());
  // Gone before we looked: nothing would tell us so any more.
  if (raw.destroyed) ended.abort();
  return {
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
}
