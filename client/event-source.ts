import { errorOf, ServerUnavailable, type ClientOptions } from './request.ts';

/** A message of a stream of Server-Sent Events. */
export interface Message {
  readonly id: string;
  readonly data: string;
  /** Absent: an ordinary one. */
  readonly event: string | undefined;
}

export interface SourceOptions {
  /** Where to go on. */
  readonly lastId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the server has let us in, before the first message. */
  readonly onOpen?: () => void;
}

/**
 * Read a stream of Server-Sent Events until it ends.
 *
 * @throws {ApiError | ServerUnavailable} when it is not there, or breaks
 */
export async function* eventsFrom(
  options: ClientOptions,
  path: string,
  { lastId, signal, onOpen }: SourceOptions = {},
): AsyncGenerator<Message> {
  const server = options.server.replace(/\/+$/, '');
  const response = await (options.fetch ?? fetch)(server + path, {
    headers: {
      accept: 'text/event-stream',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    throw new ServerUnavailable(server, cause);
  });
  if (!response.ok || response.body === null) throw errorOf(server, response.status, await response.text());
  onOpen?.();
  let text = '';
  for await (const part of partsOf(response.body, server)) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = messageIn(block);
      if (message !== undefined) yield message;
    }
  }
}

/** What comes in. That it was cut off is told as that there is no server, not as `terminated`. */
async function* partsOf(body: ReadableStream<Uint8Array>, server: string): AsyncGenerator<string> {
  try {
    yield* body.pipeThrough(new TextDecoderStream());
  } catch (cause) {
    throw new ServerUnavailable(server, cause);
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
  return id === undefined || data === undefined ? undefined : { id, data, event: lines.get('event') };
}
