import { ApiError } from '../client/request.ts';
import type { ApiEvent } from '../client/operate-wire.ts';
import { streamFrom } from './stream.ts';

/** What comes by the stream: first where it begins, then events. */
export type Message = { readonly hello: true; readonly cursor: string } | ApiEvent;

/**
 * Follow what happens until the stream ends.
 *
 * @param cursor what to begin behind
 * @throws when the connection is lost, or the server refuses
 */
export async function* follow(cursor: string | undefined): AsyncGenerator<Message> {
  for await (const { id, event, data } of streamFrom('/xosapi/v1/accord/events', { lastId: cursor }))
    yield event === 'hello' ? { hello: true, cursor: id } : (JSON.parse(data) as ApiEvent);
}

/** Refused for good: asking again tells nothing new. */
export const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
