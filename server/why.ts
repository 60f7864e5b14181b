import type { FastifyInstance } from 'fastify';
import type { ApiCause, ApiNamed, ApiWhy } from '../client/operate-wire.ts';
import type { Store } from '../store/store.ts';
import { readWhy, type Cause, type Named } from '../store/why.ts';
import { adviceFor } from './advice.ts';
import { notFound, objectAt, type ObjectRequest } from './resource.ts';
import { spell } from './view.ts';

/** Serve `GET …/objects/<Model>/<id>/why`: why an object is as it is, and what one can do about it. */
export function serveWhy(app: FastifyInstance, store: Store): void {
  app.get('/xosapi/v1/accord/objects/:model/:id/why', async (request: ObjectRequest): Promise<ApiWhy> => {
    const { registry, ref } = await objectAt(store, request);
    const why = await readWhy(store.database, registry, ref);
    const root = why?.chain.at(-1);
    if (why === null || root === undefined) throw notFound(ref.model, ref.id);
    return {
      chain: why.chain.map(viewOfCause),
      omitted: why.omitted,
      others: { count: why.others.count, first: why.others.first.map(viewOfNamed) },
      advice: adviceFor(root, why.circumstances),
    };
  });
}

function viewOfCause(cause: Cause): ApiCause {
  const { model, id, since, next_attempt_at, trouble, ...rest } = cause;
  return {
    object: spell({ model, id }),
    ...rest,
    since: since.toISOString(),
    next_attempt_at: next_attempt_at?.toISOString() ?? null,
    trouble: {
      ...trouble,
      first_seen: trouble.first_seen?.toISOString() ?? null,
      last_seen: trouble.last_seen?.toISOString() ?? null,
    },
  };
}

export function viewOfNamed({ model, id, name }: Named): ApiNamed {
  return { object: spell({ model, id }), name };
}
