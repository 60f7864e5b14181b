import { ApiError, errorOf } from '../client/request.ts';
import type { ApiEvent } from '../client/operate-wire.ts';
import { token } from './ask.ts';

/** The server says that it lives every 15 seconds. */
const SILENCE_MS = 40_000;

/** What comes by the stream: first where it begins, then events. */
export type Message = { readonly hello: true; readonly cursor: string } | ApiEvent;

/**
 * Read the stream of events until it ends. By fetch and not by EventSource, which can send no token.
 *
 * @param cursor what to begin behind
 * @throws when the connection is lost, or the server refuses
 */
export async function* follow(cursor: string | undefined): AsyncGenerator<Message> {
  const over = new AbortController();
  let silence = setTimeout(() => over.abort(new Error('the server says nothing any more')), SILENCE_MS);
  try {
    const mine = token();
    const response = await fetch('/xosapi/v1/accord/events', {
      headers: {
        accept: 'text/event-stream',
        ...(mine !== undefined && { authorization: `Bearer ${mine}` }),
        ...(cursor !== undefined && { 'last-event-id': cursor }),
      },
      signal: over.signal,
    });
    if (!response.ok || response.body === null)
      throw errorOf(location.origin, response.status, await response.text());
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(silence);
      silence = setTimeout(() => over.abort(new Error('the server says nothing any more')), SILENCE_MS);
      const blocks = (rest + part.value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = messageIn(block);
        if (message !== undefined) yield message;
      }
    }
  } finally {
    clearTimeout(silence);
    over.abort();
  }
}

function messageIn(block: string): Message | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^\w+: ?/, '')]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  if (fields.get('event') === 'hello') return { hello: true, cursor: fields.get('id') ?? '' };
  return JSON.parse(data) as ApiEvent;
}

/** Refused for good: asking again tells nothing new. */
export const isRefusal = (error: unknown): boolean => error instanceof ApiError && error.status === 401;
