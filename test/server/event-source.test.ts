import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openEventSource, type EventSource } from '../../server/event-source.ts';
import { waitFor } from '../support/wait-for.ts';

const MEGABYTE = 'x'.repeat(1_048_576);
/** More than lies in the buffers of both ends of a connection, and what a client may leave unsent. */
const TOO_MUCH = 64;

describe('a client that does not read', () => {
  let server: FastifyInstance;
  let streams: Set<EventSource>;
  let sourceOf: (takesMs: number) => Promise<EventSource>;
  beforeEach(async () => {
    server = fastify();
    streams = new Set();
    let opened: (source: EventSource) => void = () => undefined;
    server.get<{ Params: { takesMs: string } }>('/:takesMs', (request, reply) => {
      opened(openEventSource(reply, streams, Number(request.params.takesMs)));
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    sourceOf = async (takesMs) => {
      const source = new Promise<EventSource>((resolve) => (opened = resolve));
      const client = connect(port, '127.0.0.1').pause();
      client.on('error', () => undefined);
      client.write(`GET /${takesMs} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return source;
    };
  });
  afterEach(async () => {
    server.server.closeAllConnections();
    await server.close();
  });

  const flood = (source: EventSource): void => {
    for (let at = 0; at < TOO_MUCH; at += 1) source.send(String(at), MEGABYTE);
  };

  const allForgotten = () =>
    waitFor('the stream not to be counted any more', () => (streams.size === 0 ? true : undefined));

  test('is let go, and counted as long as what it did not take is kept for it', async () => {
    const source = await sourceOf(600_000);
    flood(source);
    expect([source.signal.aborted, streams.has(source)]).toEqual([true, true]);
    server.server.closeAllConnections();
    await allForgotten();
  });

  test('loses its connection, when it takes too long', async () => {
    const closed = new Promise((resolve) => {
      server.server.once('connection', (socket) => resolve(once(socket, 'close')));
    });
    flood(await sourceOf(1));
    await closed;
    await allForgotten();
  });
});
