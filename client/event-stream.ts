import { lastingStream } from './lasting-stream.ts';
import type { FollowOptions } from './operate.ts';
import type { ApiEvent } from './operate-wire.ts';
import type { ClientOptions } from './request.ts';

const PATH = '/xosapi/v1/accord/events';

/**
 * Follow the stream of events: each once and in order, across lost connections.
 *
 * @throws {ApiError} when the server refuses; a server that is away is waited for
 */
export async function* followEvents(
  options: ClientOptions,
  { cursor, ...how }: FollowOptions = {},
): AsyncGenerator<ApiEvent> {
  for await (const { data, event } of lastingStream(options, PATH, { ...how, lastId: cursor }))
    if (event !== 'hello') yield JSON.parse(data) as ApiEvent;
}
