import type { FastifyInstance } from 'fastify';
import type { ApiCascade } from '../client/operate-wire.ts';
import { readCascade } from '../store/cascade.ts';
import type { Store } from '../store/store.ts';
import { page } from './page.ts';
import { objectThere, type ObjectRequest } from './resource.ts';
import { viewOfNamed } from './why.ts';

/** Serve `GET …/objects/<Model>/<id>/cascade`: what would be deleted with an object, counted, and part of it in order. */
export function serveCascade(app: FastifyInstance, store: Store): void {
  const path = '/xosapi/v1/accord/objects/:model/:id/cascade';
  app.get(path, async (request: ObjectRequest): Promise<ApiCascade> => {
    const { after, limit } = page(request.query);
    const { registry, object } = await objectThere(store, request);
    const found = await readCascade(store.database, registry, object, { after, limit });
    const items = found.objects.map(viewOfNamed);
    const { total, models, protected: guarded } = found;
    const shown = {
      ...{ total, models, items },
      protected: { count: guarded.count, first: guarded.first.map(viewOfNamed) },
    };
    const to = after + items.length;
    if (to >= total) return shown;
    const here = `/xosapi/v1/accord/objects/${object.model}/${object.id}/cascade`;
    return { ...shown, next: `${here}?after=${to}&limit=${limit}` };
  });
}
