import type { FastifyInstance } from 'fastify';
import type { ApiNeighbour } from '../client/operate-wire.ts';
import type { ApiList } from '../client/wire.ts';
import { readNeighbours } from '../store/neighbours.ts';
import type { Store } from '../store/store.ts';
import { page } from './page.ts';
import { objectThere, type ObjectRequest } from './resource.ts';
import { spell } from './view.ts';

/** Serve `GET …/objects/<Model>/<id>/dependencies` and `…/dependents`, page by page. */
export function serveNeighbours(app: FastifyInstance, store: Store): void {
  for (const direction of ['dependencies', 'dependents'] as const) {
    const path = `/xosapi/v1/accord/objects/:model/:id/${direction}`;
    app.get(path, async (request: ObjectRequest): Promise<ApiList<ApiNeighbour>> => {
      const { after, limit } = page(request.query);
      const { registry, object } = await objectThere(store, request);
      const found = await readNeighbours(
        store.database,
        registry,
        { id: object.id, direction },
        { after, limit },
      );
      const items = found.map(({ model, id, ...rest }) => ({ object: spell({ model, id }), ...rest }));
      const last = found.at(-1);
      if (last === undefined || found.length < limit) return { items };
      const here = `/xosapi/v1/accord/objects/${object.model}/${object.id}/${direction}`;
      return { items, next: `${here}?after=${last.id}&limit=${limit}` };
    });
  }
}
