import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiApplied, ApiApplyLine } from '../client/operate-wire.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { applyObjects, type Applied, type Wish } from '../store/apply.ts';
import type { Registry } from '../store/registry.ts';
import { rolledBack } from '../store/rolled-back.ts';
import type { Store } from '../store/store.ts';
import { writerOf } from './caller.ts';
import { answerTo } from './failures.ts';
import { given } from './given.ts';
import { linkKey, spell } from './view.ts';

export const MOST_ITEMS = 10_000;
/** Of a list of so many objects. */
export const MOST_BYTES_APPLIED = 33_554_432;

/** An object as it is wished. */
export const ApplyItem = z.looseObject({ model: z.string(), id: z.int().positive().optional() });
/** A mixed list: each item has `model`, perhaps `id`, and fields; links as `owner` or `owner_id`. */
export const ApplyBody = z.strictObject({
  items: z
    .array(ApplyItem)
    .min(1, {
      error: 'is empty: give at least one object, as in {"items": [{"model": "Color", "name": "red"}]}',
    })
    .max(MOST_ITEMS, { error: `holds more than ${MOST_ITEMS} objects: apply them in parts` }),
});
const ApplyQuery = z.strictObject({ dry_run: z.enum(['true', 'false']).default('false') });

/** Lines of JSON, one by one as it goes on. */
export const LINES = 'application/x-ndjson';
const TELL_MS = 250;

/**
 * Serve `POST …/accord/apply`: bring many objects to what is wished, in one transaction.
 *
 * Who accepts {@link LINES} is told how far it is. The status is 200 then, and the last line tells how it ended.
 */
export function serveApply(app: FastifyInstance, store: Store): void {
  app.post(
    '/xosapi/v1/accord/apply',
    { bodyLimit: MOST_BYTES_APPLIED },
    async (request, reply): Promise<ApiApplied | FastifyReply> => {
      const isDry = given(ApplyQuery, request.query).dry_run === 'true';
      given(ApplyBody, request.body);
      const wishes = wishesIn(itemsOf(request.body), await store.models());
      const writer = { ...writerOf(request), isBulk: wishes.length > 20 };
      const work = async (onDone?: (count: number) => void): Promise<ApiApplied> => {
        const applied = isDry
          ? await rolledBack(store, (tx, registry) => applyObjects({ tx, registry, writer }, wishes, onDone))
          : await store.write(writer, (tx) => tx.apply(wishes, onDone));
        return viewOfApplied(applied, wishes, isDry);
      };
      if (request.headers.accept?.includes(LINES) !== true) return work();
      return tellLines(request, reply, { store, work, of: wishes.length });
    },
  );
}

interface Telling {
  readonly store: Store;
  readonly work: (onDone: (count: number) => void) => Promise<ApiApplied>;
  /** How many objects there are. */
  readonly of: number;
}

/** Whoever listens may leave: it is done all the same. */
function tellLines(request: FastifyRequest, reply: FastifyReply, { store, work, of }: Telling): FastifyReply {
  const lines = new PassThrough();
  const say = (line: ApiApplyLine): void => void lines.write(`${JSON.stringify(line)}\n`);
  let done = 0;
  const timer = setInterval(() => say({ done, of }), TELL_MS);
  const ended = work((count) => (done = count)).then(
    (applied) => say({ applied }),
    async (cause: unknown) => {
      const [status, error] = await answerTo(cause, store);
      if (status >= 500) request.log.error({ err: cause }, 'request failed');
      say({ error, status });
    },
  );
  // Nobody else would hear of a fault in saying how it ended, and the process would end of it.
  void ended
    .catch((cause: unknown) => request.log.error({ err: cause }, 'request failed'))
    .finally(() => {
      clearInterval(timer);
      lines.end();
    });
  return reply.type(LINES).send(lines);
}

type Items = z.infer<typeof ApplyBody>['items'];

/** The items of a body that has passed its schema; of itself, for what zod hands back lacks a field `__proto__`. */
export function itemsOf(body: unknown): Items {
  return (body as { readonly items?: Items }).items ?? [];
}

export function wishesIn(items: Items, registry: Registry): Wish[] {
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
