import type { ApiApplied, ApiApplyLine } from './operate-wire.ts';
import { ApiError, errorOf, LONG_MS, ServerUnavailable, type ClientOptions } from './request.ts';

/**
 * Apply a list, and tell how far that has come.
 *
 * @param onDone is told how many objects have been looked at
 * @throws {ApiError | ServerUnavailable} also when the answer ends before its last line
 */
export async function applyTelling(
  options: ClientOptions,
  path: string,
  body: unknown,
  onDone: (count: number) => void,
): Promise<ApiApplied> {
  const server = options.server.replace(/\/+$/, '');
  try {
    const response = await (options.fetch ?? fetch)(server + path, {
      method: 'POST',
      headers: {
        accept: 'application/x-ndjson',
        'content-type': 'application/json',
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LONG_MS),
    });
    if (!response.ok || response.body === null) throw errorOf(server, response.status, await response.text());
    for await (const line of linesOf(response.body)) {
      if ('applied' in line) return line.applied;
      if ('error' in line) throw new ApiError(line.status, line.error);
      onDone(line.done);
    }
    throw new Error('it went away before it said how that ended: look, and apply again');
  } catch (cause) {
    throw cause instanceof ApiError ? cause : new ServerUnavailable(server, cause);
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ApiApplyLine> {
  let text = '';
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as ApiApplyLine;
  }
}
