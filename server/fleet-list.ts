import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiStanding } from '../client/operate-wire.ts';
import type { ApiList } from '../client/wire.ts';
import { Refusal, type Fault } from '../store/errors.ts';
import { readFleet, type FleetRequest, type Standing } from '../store/fleet.ts';
import type { Registry } from '../store/registry.ts';
import { isStorable, UNSTORABLE } from '../store/storable.ts';
import type { Store } from '../store/store.ts';
import { unknownModel } from '../store/write.ts';
import { given } from './given.ts';
import { statesIn } from './list-query.ts';
import { limitSchema, wholeSchema } from './page.ts';
import { spell } from './view.ts';

const PATH = '/xosapi/v1/accord/objects';
const MOST_WORDS = 10;

const FleetQuery = z.strictObject({
  model: z.string().optional(),
  state: z.string().optional(),
  q: z.string().max(500).refine(isStorable, { error: UNSTORABLE }).default(''),
  after: wholeSchema('after', 0, Number.MAX_SAFE_INTEGER).default(0),
  until: wholeSchema('until', 0, Number.MAX_SAFE_INTEGER).default(Number.MAX_SAFE_INTEGER),
  limit: limitSchema,
});

/** Serve `GET …/accord/objects`: the objects of all models in few words, page by page. */
export function serveFleetList(app: FastifyInstance, store: Store): void {
  app.get(PATH, async (request: FastifyRequest): Promise<ApiList<ApiStanding>> => {
    const registry = await store.models();
    const wanted = fleetRequest(request.query, registry);
    const found = await readFleet(store.database, registry, wanted);
    const items = found.map(viewOfStanding);
    const last = found.at(-1);
    if (last === undefined || found.length < wanted.limit || last.id === wanted.until) return { items };
    const query = new URLSearchParams(request.url.split('?')[1]);
    query.set('after', String(last.id));
    return { items, next: `${PATH}?${query.toString()}` };
  });
}

/** @throws {Refusal} E_INVALID with every fault; E_UNKNOWN_MODEL */
function fleetRequest(query: unknown, registry: Registry): FleetRequest {
  const { model, state, q, ...page } = given(FleetQuery, query);
  const faults: Fault[] = [];
  const states = state === undefined ? [] : statesIn(state, faults);
  const words = q.split(/\s+/).filter((word) => word !== '');
  if (words.length > MOST_WORDS)
    faults.push({ field: 'q', message: `q: at most ${MOST_WORDS} words are looked for at once` });
  if (faults.length > 0)
    throw new Refusal('E_INVALID', faults.map(({ message }) => message).join('; '), { faults });
  return { ...page, states, words, models: modelsIn(model, registry) };
}

/** In any case, as people type them into a search. */
function modelsIn(text: string | undefined, registry: Registry): string[] {
  const names = new Map([...registry.keys()].map((name) => [name.toLowerCase(), name]));
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const name = names.get(part.toLowerCase());
      if (name === undefined) throw unknownModel(registry, part);
      return name;
    });
}

function viewOfStanding({ model, id, since, root, next_attempt_at, ...rest }: Standing): ApiStanding {
  return {
    object: spell({ model, id }),
    ...rest,
    since: since.toISOString(),
    root: root === null ? null : spell(root),
    next_attempt_at: next_attempt_at?.toISOString() ?? null,
  };
}
