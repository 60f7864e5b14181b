import { setTimeout as sleep } from 'node:timers/promises';
import { eventsFrom, type Message } from './event-source.ts';
import { ApiError, type ClientOptions } from './request.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** How a stream is followed across lost connections. */
export interface Lasting {
  /** Where to go on. */
  readonly lastId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the connection is lost, with what was said, and again when it is there. */
  readonly onConnection?: ((lost: Error | undefined) => void) | undefined;
}

/**
 * Read a stream of Server-Sent Events across lost connections, each time on from where it was. Whoever reads knows when it
 * is over.
 *
 * @throws {ApiError} when the server refuses; a server that is away is waited for
 */
export async function* lastingStream(
  options: ClientOptions,
  path: string,
  { lastId, signal, onConnection }: Lasting,
): AsyncGenerator<Message> {
  const isOver = (): boolean => signal?.aborted ?? false;
  const onOpen = (): void => onConnection?.(undefined);
  let here = lastId;
  for (let pauseMs = FIRST_PAUSE_MS; !isOver();) {
    try {
      for await (const message of eventsFrom(options, path, { lastId: here, signal, onOpen })) {
        pauseMs = FIRST_PAUSE_MS;
        here = message.id;
        yield message;
      }
    } catch (error) {
      // What the server refuses once, it refuses again; but not that it cannot read its database now.
      if (error instanceof ApiError && error.status !== 503) throw error;
      if (isOver()) return;
      onConnection?.(error instanceof Error ? error : new Error(String(error)));
    }
    await sleep(pauseMs, undefined, signal && { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
