import type { StepContext } from './context.ts';
import { DeferredException, PermanentException } from './errors.ts';
import type { FeedbackOf, Model, ObjectOf } from './model.ts';
import { step, type Awaitable, type Step, type StepBase } from './step.ts';

/** A step whose back end is a resource over HTTP. */
export interface RestStep<M extends Model> extends StepBase<M> {
  /**
   * The address of the object's resource. It is made and changed by PUT and removed by DELETE, and recorded in
   * `backend_handle` before it exists: a crash leaves nothing behind that is not known.
   */
  url(object: ObjectOf<M>, context: StepContext<M>): Awaitable<string>;
  /** What the resource is to be: JSON. */
  body(object: ObjectOf<M>, context: StepContext<M>): Awaitable<unknown>;
  /** Headers besides `content-type`, such as a token. */
  headers?(object: ObjectOf<M>): Readonly<Record<string, string>>;
}

/**
 * Define a step that keeps a resource over HTTP.
 *
 * 404 on deletion is success. 409, 423, 429 and 503 are deferred, for as long as `Retry-After` says; 400 and 422 stall
 * the object until its goal changes; anything else that is no success is an error, and tried again. Where the address
 * has changed, the old resource is removed first.
 */
export function restStep<const M extends Model>(
  definition: RestStep<M>,
): Step<M> & { readonly kind: 'step' } {
  const handleOf = (object: ObjectOf<M>): string | null =>
    (object as { readonly backend_handle?: string | null }).backend_handle ?? null;
  return step<M>({
    ...definition,
    async syncRecord(object, context) {
      const address = await definition.url(object, context);
      const sent = JSON.stringify(await definition.body(object, context));
      const before = handleOf(object);
      const more = definition.headers?.(object);
      if (before !== null && before !== address) await send('DELETE', before, context.signal, more);
      const feedback = { backend_handle: address } as unknown as Partial<FeedbackOf<M>>;
      if (before !== address) await context.record(feedback);
      await send('PUT', address, context.signal, more, sent);
      return feedback;
    },
    async deleteRecord(object, { signal }) {
      const address = handleOf(object);
      if (address !== null) await send('DELETE', address, signal, definition.headers?.(object));
    },
  });
}

async function send(
  method: 'PUT' | 'DELETE',
  address: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<void> {
  const response = await fetch(address, {
    method,
    signal,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (response.ok || (method === 'DELETE' && [404, 410].includes(response.status))) return;
  // What an address is asked with may be a secret: neither query nor password is told.
  const { origin, pathname } = new URL(address);
  const said = `${method} ${origin}${pathname} answered ${response.status}: ${text.slice(0, 200)}`;
  if ([409, 423, 429, 503].includes(response.status)) {
    const afterMs = retryAfterMs(response.headers.get('retry-after'));
    throw new DeferredException(said, afterMs === undefined ? {} : { afterMs });
  }
  if ([400, 422].includes(response.status)) throw new PermanentException(said);
  throw new Error(said);
}

const DAY_MS = 86_400_000;

/** Seconds, or a date; never more than a day. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), DAY_MS) : undefined;
}
