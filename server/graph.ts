import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiGraph, ApiModelGraph } from '../client/operate-wire.ts';
import { readModelEdges, readNeighbourhood } from '../store/neighbourhood.ts';
import type { Store } from '../store/store.ts';
import { given } from './given.ts';
import { wholeSchema } from './page.ts';
import { objectThere, type ObjectRequest } from './resource.ts';
import { spell } from './view.ts';

const MOST_OBJECTS = 500;

const GraphQuery = z.strictObject({ hops: wholeSchema('hops', 1, 4).default(2) });

/** Serve what depends on what: round an object, and from model to model. */
export function serveGraph(app: FastifyInstance, store: Store): void {
  const { database } = store;

  app.get('/xosapi/v1/accord/objects/:model/:id/graph', async (request: ObjectRequest): Promise<ApiGraph> => {
    const { hops } = given(GraphQuery, request.query);
    const { registry, object } = await objectThere(store, request);
    const { objects, edges, isCut } = await readNeighbourhood(database, registry, object, {
      hops,
      most: MOST_OBJECTS,
    });
    const names = new Map(objects.map((one) => [one.id, spell(one)]));
    return {
      nodes: objects.map(({ model, id, ...rest }) => ({ object: spell({ model, id }), ...rest })),
      edges: edges.flatMap(({ from, to, waits }) => {
        const [dependent, dependency] = [names.get(from), names.get(to)];
        // Gone meanwhile.
        if (dependent === undefined || dependency === undefined) return [];
        return [{ from: dependent, to: dependency, waits }];
      }),
      is_cut: isCut,
    };
  });

  app.get('/xosapi/v1/accord/graph', async (): Promise<ApiModelGraph> => ({
    edges: await readModelEdges(database),
  }));
}
