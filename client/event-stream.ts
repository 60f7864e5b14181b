import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowOptions } from './operate.ts';
import type { ApiEvent } from './operate-wire.ts';
import { ApiError, errorOf, ServerUnavailable, type ClientOptions } from './request.ts';

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
      for await (const message of messages(options, here, signal)) {
        if (message.isHello) onConnection?.(undefined);
        pauseMs = FIRST_PAUSE_MS;
        here = message.id;
        if (!message.isHello) yield JSON.parse(message.data) as ApiEvent;
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

interface Message {
  readonly id: string;
  readonly data: string;
  readonly isHello: boolean;
}

async function* messages(
  options: ClientOptions,
  cursor: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Message> {
  const server = options.server.replace(/\/+$/, '');
  const response = await (options.fetch ?? fetch)(`${server}/xosapi/v1/accord/events`, {
    headers: {
      accept: 'text/event-stream',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(cursor === undefined ? {} : { 'last-event-id': cursor }),
    },
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    throw new ServerUnavailable(server, cause);
  });
  if (!response.ok || response.body === null) throw errorOf(server, response.status, await response.text());
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = messageIn(block);
      if (message !== undefined) yield message;
    }
  }
}

/** A message of the stream; undefined for what only keeps the connection alive. */
function messageIn(block: string): Message | undefined {
  const lines = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)] as const;
    }),
  );
  const [id, data] = [lines.get('id'), lines.get('data')];
  return id === undefined || data === undefined
    ? undefined
    : { id, data, isHello: lines.get('event') === 'hello' };
}
