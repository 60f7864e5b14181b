import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiPause } from '../client/operate-wire.ts';
import type { ApiList } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { readPauses, type HoldTarget, type Pause } from '../store/holds.ts';
import { isStorable, UNSTORABLE } from '../store/storable.ts';
import type { Store } from '../store/store.ts';
import { OPERATE, writerOf } from './caller.ts';
import { given } from './given.ts';
import { objectThere, type ObjectRequest } from './resource.ts';
import { spell } from './view.ts';

type ModelRequest = FastifyRequest<{ Params: { readonly model: string } }>;
type SynchronizerRequest = FastifyRequest<{ Params: { readonly name: string } }>;

/** What a pause is asked for. */
export const PauseBody = z.strictObject({
  reason: z.string().max(500).refine(isStorable, { error: UNSTORABLE }).default(''),
  until: z.iso.datetime({ offset: true }).nullish(),
});

/** Serve `POST …/pause` and `…/resume` of objects, models and synchronizers, and the list of what is paused. */
export function servePauses(app: FastifyInstance, store: Store): void {
  const base = '/xosapi/v1/accord';

  app.get(`${base}/pauses`, async (): Promise<ApiList<ApiPause>> => {
    const pauses = await readPauses(store.database);
    return {
      items: pauses.map(({ model, ...one }) =>
        viewOfPause(one, model === null ? undefined : { model, id: Number(one.name) }),
      ),
    };
  });

  for (const act of ['pause', 'resume'] as const) {
    const hold = act === 'pause' ? pause : resume;
    app.post(`${base}/objects/:model/:id/${act}`, OPERATE, async (request: ObjectRequest) => {
      const { object } = await objectThere(store, request);
      return hold(request, { scope: 'object', name: String(object.id) }, object);
    });
    app.post(`${base}/models/:model/${act}`, OPERATE, (request: ModelRequest) =>
      hold(request, { scope: 'model', name: request.params.model }),
    );
    app.post(`${base}/synchronizers/:name/${act}`, OPERATE, (request: SynchronizerRequest) =>
      hold(request, { scope: 'synchronizer', name: request.params.name }),
    );
  }

  async function pause(request: FastifyRequest, target: HoldTarget, object?: Ref): Promise<ApiPause> {
    const { reason, until } = given(PauseBody, request.body === undefined ? {} : request.body, {
      until: isAhead,
    });
    const why = { reason, ...(typeof until === 'string' && { until: new Date(until) }) };
    return viewOfPause(await store.pause(writerOf(request), target, why), object);
  }

  async function resume(request: FastifyRequest, target: HoldTarget): Promise<{ resumed: boolean }> {
    return { resumed: await store.resume(writerOf(request), target) };
  }
}

function isAhead(until: string | null | undefined): string | undefined {
  const isPast = typeof until === 'string' && Date.parse(until) <= Date.now();
  return isPast ? 'until has passed already: give a time that is still to come, or none' : undefined;
}

function viewOfPause({ scope, name, reason, by, since, until }: Pause, object?: Ref): ApiPause {
  return {
    scope,
    target: object === undefined ? name : spell(object),
    reason,
    by,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
  };
}
