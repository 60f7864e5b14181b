import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unpark } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { OPERATE, writerOf } from './caller.ts';

type Request = FastifyRequest<{ Params: { readonly name: string } }>;

/** Serve `POST …/watchers/<name>/retry`: deliver again what was given up of a watcher. */
export function serveWatchers(app: FastifyInstance, { database }: Store): void {
  app.post(
    '/xosapi/v1/accord/watchers/:name/retry',
    OPERATE,
    async (request: Request): Promise<{ retried: number }> => ({
      retried: await unpark(database, writerOf(request), request.params.name),
    }),
  );
}
