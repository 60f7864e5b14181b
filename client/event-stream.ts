import { setTimeout as sleep } from 'node:timers/promises';
import { eventsFrom } from './event-source.ts';
import type { FollowOptions } from './operate.ts';
import type { ApiEvent } from './operate-wire.ts';
import { ApiError, type ClientOptions } from './request.ts';

const PATH = '/xosapi/v1/accord/events';
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Follow the stream of events: each once and in order, across lost connections.
 *
 * @throws {ApiError} when the server refuses; a server that is away is waited for
 */
export async function* followEvents(
  options: ClientOptions,
  { cursor, signal, onConnection }: FollowOptions = {},
): AsyncGenerator<ApiEvent> {
  const isOver = (): boolean => signal?.aborted ?? false;
  let here = cursor;
  for (let pauseMs = FIRST_PAUSE_MS; !isOver();) {
    try {
      for await (const { id, data, event } of eventsFrom(options, PATH, { lastId: here, signal })) {
        if (event === 'hello') onConnection?.(undefined);
        pauseMs = FIRST_PAUSE_MS;
        here = id;
        if (event !== 'hello') yield JSON.parse(data) as ApiEvent;
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
