import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiObject } from '../client/wire.ts';
import type { Store } from '../store/store.ts';
import { OPERATE, writerOf } from './caller.ts';
import { idAt, notFound } from './resource.ts';
import { viewOf } from './view.ts';

type Request = FastifyRequest<{ Params: { readonly model: string; readonly id: string } }>;

/** Serve `POST …/objects/<Model>/<id>/sync`: synchronize an object again, whatever it waits for. */
export function serveSync(app: FastifyInstance, store: Store): void {
  app.post(
    '/xosapi/v1/accord/objects/:model/:id/sync',
    OPERATE,
    async (request: Request, reply): Promise<ApiObject> => {
      const { model } = request.params;
      const ref = { model, id: idAt(request.params, model) };
      const object = await store.write(writerOf(request), async (tx) => {
        await tx.resync(ref);
        return tx.get(ref);
      });
      const leaf = (await store.models()).get(object?.model ?? model);
      if (object === null || leaf === undefined) throw notFound(model, ref.id);
      void reply.status(202);
      return viewOf(object, leaf.definition);
    },
  );
}
