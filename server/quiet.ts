import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Let go, when the server stops, of connections that have asked nothing yet.
 *
 * Node closes those that rest between two requests, and waits for these: browsers open some ahead.
 */
export function closeQuiet(app: FastifyInstance): void {
  const quiet = new Set<Socket>();
  app.server.on('connection', (socket) => {
    quiet.add(socket);
    socket.once('close', () => quiet.delete(socket));
  });
  app.server.on('request', ({ socket }) => quiet.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of quiet) socket.destroy();
  });
}
