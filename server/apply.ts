import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ApiApplied } from '../client/operate-wire.ts';
import type { ModelDefinition } from '../model/definition.ts';
import type { Applied, Wish } from '../store/apply.ts';
import type { Registry } from '../store/registry.ts';
import type { Store, Transaction } from '../store/store.ts';
import type { Writer } from '../store/types.ts';
import { writerOf } from './caller.ts';
import { given } from './given.ts';
import { linkKey, spell } from './view.ts';

export const MOST_ITEMS = 10_000;
/** Of a list of so many objects. */
export const MOST_BYTES_APPLIED = 33_554_432;

/** A mixed list: each item has `model`, perhaps `id`, and fields; links as `owner` or `owner_id`. */
export const ApplyBody = z.strictObject({
  items: z
    .array(z.looseObject({ model: z.string(), id: z.int().positive().optional() }))
    .min(1, {
      error: 'is empty: give at least one object, as in {"items": [{"model": "Color", "name": "red"}]}',
    })
    .max(MOST_ITEMS, { error: `holds more than ${MOST_ITEMS} objects: apply them in parts` }),
});
const ApplyQuery = z.strictObject({ dry_run: z.enum(['true', 'false']).default('false') });

/** Serve `POST …/accord/apply`: bring many objects to what is wished, in one transaction. */
export function serveApply(app: FastifyInstance, store: Store): void {
  app.post(
    '/xosapi/v1/accord/apply',
    { bodyLimit: MOST_BYTES_APPLIED },
    async (request): Promise<ApiApplied> => {
      const isDry = given(ApplyQuery, request.query).dry_run === 'true';
      const { items } = given(ApplyBody, request.body);
      const wishes = wishesIn(items, await store.models());
      const writer = { ...writerOf(request), isBulk: wishes.length > 20 };
      const applied = isDry
        ? await pretended(store, writer, (tx) => tx.apply(wishes))
        : await store.write(writer, (tx) => tx.apply(wishes));
      return viewOfApplied(applied, wishes, isDry);
    },
  );
}

/** Do the work of a write, and store nothing of it. */
export async function pretended<T>(
  store: Store,
  writer: Writer,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  class Pretended extends Error {
    readonly result: T;
    constructor(result: T) {
      super('nothing is stored');
      this.result = result;
    }
  }
  try {
    return await store.write(writer, async (tx) => {
      throw new Pretended(await work(tx));
    });
  } catch (error) {
    if (error instanceof Pretended) return error.result as T;
    throw error;
  }
}

export function wishesIn(items: z.infer<typeof ApplyBody>['items'], registry: Registry): Wish[] {
  return items.map(({ model, id, ...fields }) => ({
    model,
    fields: inStoreNames(fields, registry.get(model)?.definition),
    ...(id !== undefined && { id }),
  }));
}

function inStoreNames(
  fields: Record<string, unknown>,
  model: ModelDefinition | undefined,
): Record<string, unknown> {
  const names = new Map(model?.links.map((link) => [linkKey(link), link.name]));
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [names.get(key) ?? key, value]));
}

function viewOfApplied(applied: readonly Applied[], wishes: readonly Wish[], isDry: boolean): ApiApplied {
  const count = (act: Applied['act']): number => applied.filter((one) => one.act === act).length;
  return {
    dry_run: isDry,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    items: applied.map(({ ref, act, changes }, at) => {
      const name = wishes[at]?.fields['name'];
      return {
        model: ref.model,
        // What is not stored has no number.
        object: isDry && act === 'created' ? null : spell(ref),
        name: typeof name === 'string' ? name : null,
        act,
        changes,
      };
    }),
  };
}
