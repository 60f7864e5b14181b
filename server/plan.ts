import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiPlan, ApiPlanned } from '../client/operate-wire.ts';
import type { Ref } from '../model/definition.ts';
import { planChanges, planUnsettled, type Plan, type Planned } from '../store/plan-changes.ts';
import { rolledBack } from '../store/rolled-back.ts';
import type { Store } from '../store/store.ts';
import type { Value } from '../store/types.ts';
import { ApplyItem, itemsOf, MOST_BYTES_APPLIED, MOST_ITEMS, wishesIn } from './apply.ts';
import { writerOf } from './caller.ts';
import { given } from './given.ts';
import { spell } from './view.ts';

const error = `holds more than ${MOST_ITEMS} objects: plan them in parts`;

/** What is thought of; nothing: what is to be done now. */
export const PlanBody = z.strictObject({
  /** As they are applied. */
  items: z.array(ApplyItem).max(MOST_ITEMS, { error }).default([]),
  delete: z
    .array(z.strictObject({ model: z.string(), id: z.int().positive() }))
    .max(MOST_ITEMS, { error })
    .default([]),
  /** Also what depends on what is deleted. */
  cascade: z.boolean().default(false),
});

/** Serve `POST …/accord/plan`: what would be done, and in which order, were this changed. Nothing is stored. */
export function servePlan(app: FastifyInstance, store: Store): void {
  app.post('/xosapi/v1/accord/plan', { bodyLimit: MOST_BYTES_APPLIED }, async (request): Promise<ApiPlan> => {
    const body = request.body === undefined ? {} : request.body;
    const { delete: removals, cascade } = given(PlanBody, body);
    const wishes = wishesIn(itemsOf(body), await store.models());
    const writer = writerOf(request);
    const isChange = wishes.length > 0 || removals.length > 0;
    const plan = await rolledBack(store, (tx, registry) => {
      const writing = { tx, registry, writer };
      return isChange ? planChanges(writing, { wishes, removals, cascade }) : planUnsettled(writing);
    });
    return viewOfPlan(plan);
  });
}

/** Show a plan as REST does. */
function viewOfPlan({ planned, chain, circle, unchanged, omitted }: Plan): ApiPlan {
  const byId = new Map(planned.map((one) => [one.id, one]));
  const title = (ref: Ref): string => {
    const one = byId.get(ref.id);
    if (one === undefined) return spell(ref);
    return one.isNew ? `${one.model}/${one.name ?? '(new)'}` : spell(one);
  };
  const shown = (value: Value): unknown => {
    if (Array.isArray(value)) return (value as readonly Value[]).map(shown);
    return isRef(value) ? title(value) : value;
  };
  const count = (act: Planned['act']): number => planned.filter((one) => one.act === act).length;
  return {
    create: count('create'),
    change: count('change'),
    resync: count('resync'),
    delete: count('delete'),
    pending: count('pending'),
    unchanged,
    omitted,
    waves: Math.max(0, ...planned.map(({ wave }) => wave ?? 0)),
    chain: chain.map(title),
    circle: circle.map(title),
    items: planned.map((one): ApiPlanned => {
      const { model, name, act, item, isNew, changes, reason, wave, after } = one;
      const object = isNew ? null : spell(one);
      const fields = Object.entries(changes).map(([field, { before, after: then }]) => [
        field,
        { before: shown(before), after: shown(then) },
      ]);
      return {
        ...{ model, object, name, act, item, reason, wave },
        changes: Object.fromEntries(fields) as ApiPlanned['changes'],
        after: after.map(title),
      };
    }),
  };
}

const isRef = (value: Value): value is Ref => typeof value === 'object' && value !== null && 'id' in value;
