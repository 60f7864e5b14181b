import { errorOf } from '../client/request.ts';
import { token } from './ask.ts';
import { abortWhenHidden, untilVisible } from './visible.ts';

/** The server says that it lives every 15 seconds. */
const SILENCE_MS = 40_000;

/** A message of a stream of Server-Sent Events. */
export interface Sent {
  readonly id: string;
  /** Absent: an ordinary one. */
  readonly event: string | undefined;
  readonly data: string;
}

interface Place {
  /** What to begin behind. */
  readonly lastId?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Read a stream of Server-Sent Events until it ends. While nobody sees the page it rests, and then goes on behind what
 * came last: browsers open six connections to a server, for all their tabs together.
 *
 * @throws when the connection is lost, or the server refuses
 */
export async function* streamFrom(path: string, { lastId, signal }: Place = {}): AsyncGenerator<Sent> {
  for (let last = lastId; ;) {
    await untilVisible();
    const hidden = new AbortController();
    abortWhenHidden(hidden);
    const either = signal === undefined ? hidden.signal : AbortSignal.any([hidden.signal, signal]);
    try {
      for await (const sent of connect(path, { lastId: last, signal: either })) {
        last = sent.id;
        yield sent;
      }
      return;
    } catch (error) {
      if (!hidden.signal.aborted) throw error;
    } finally {
      hidden.abort();
    }
  }
}

/** By fetch and not by EventSource, which can send no token. */
async function* connect(path: string, { lastId, signal }: Required<Place>): AsyncGenerator<Sent> {
  const over = new AbortController();
  const giveUp = (): void => over.abort(new Error('the server says nothing any more'));
  let silence = setTimeout(giveUp, SILENCE_MS);
  try {
    const mine = token();
    const response = await fetch(path, {
      headers: {
        accept: 'text/event-stream',
        ...(mine !== undefined && { authorization: `Bearer ${mine}` }),
        ...(lastId !== undefined && { 'last-event-id': lastId }),
      },
      signal: AbortSignal.any([over.signal, signal]),
    });
    if (!response.ok || response.body === null)
      throw errorOf(location.origin, response.status, await response.text());
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(silence);
      silence = setTimeout(giveUp, SILENCE_MS);
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

/** Undefined for what only keeps the connection alive. */
function messageIn(block: string): Sent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':', 1)[0] ?? '', line.replace(/^\w+: ?/, '')]),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', event: fields.get('event'), data };
}
