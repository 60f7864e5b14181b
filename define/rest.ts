import type { StepContext } from './context.ts';
import type { FeedbackOf, Model, ObjectOf } from './model.ts';
import { createdStep } from './rest-created.ts';
import { ask } from './rest-request.ts';
import { step, type Awaitable, type Step, type StepBase } from './step.ts';

/** A step whose back end is a resource over HTTP. */
export interface RestStep<M extends Model> extends StepBase<M> {
  /**
   * The address of the object's resource, which is changed by PUT and removed by DELETE.
   *
   * Without `create`, PUT makes it too, and the address is recorded in `backend_handle` before it exists: a crash
   * leaves nothing behind that is not known. With `create`, the object has its id when this is called.
   */
  url(object: ObjectOf<M>, context: StepContext<M>): Awaitable<string>;
  /** What the resource is to be: JSON. */
  body(object: ObjectOf<M>, context: StepContext<M>): Awaitable<unknown>;
  /** Headers besides `content-type`, such as a token. */
  headers?(object: ObjectOf<M>): Readonly<Record<string, string>>;
  /** For a back end that chooses the ids of its resources itself. */
  readonly create?: RestCreation<M>;
}

/** How a resource is made whose id the back end chooses. */
export interface RestCreation<M extends Model> {
  /** The address that POST makes it at. Sent with the header `Idempotency-Key: Model/id`, for back ends that know it. */
  url(object: ObjectOf<M>, context: StepContext<M>): Awaitable<string>;
  /** The feedback field that keeps its id. */
  readonly idField: keyof FeedbackOf<M> & string;
  /** Take the id from the resource as it was answered. @default its `id`, else the last part of `Location` */
  idOf?(answer: unknown): string | number | undefined;
  /**
   * The address that GET finds it at before its id is known: a resource, or a list that holds it or nothing. What is
   * looked for must be of this object alone: the resource found is taken for its own, and deleted with it.
   *
   * Without, a worker that dies between POST and recording the id makes a second one, unless the back end heeds
   * `Idempotency-Key`.
   */
  find?(object: ObjectOf<M>, context: StepContext<M>): Awaitable<string>;
}

/**
 * Define a step that keeps a resource over HTTP.
 *
 * 404 on deletion is success. 409, 423, 429 and 503 are deferred, for as long as `Retry-After` says; 400 and 422 stall
 * the object until its goal changes; anything else that is no success is an error, and tried again. Where the address
 * has changed, the old resource is removed first; where one with an id is gone, it is made anew.
 */
export function restStep<const M extends Model>(
  definition: RestStep<M>,
): Step<M> & { readonly kind: 'step' } {
  if (definition.create !== undefined) return createdStep(definition, definition.create);
  const handleOf = (object: ObjectOf<M>): string | null =>
    (object as { readonly backend_handle?: string | null }).backend_handle ?? null;
  return step<M>({
    ...definition,
    async syncRecord(object, context) {
      const { signal } = context;
      const address = await definition.url(object, context);
      const body = JSON.stringify(await definition.body(object, context));
      const before = handleOf(object);
      const headers = definition.headers?.(object);
      if (before !== null && before !== address) await remove(before, signal, headers);
      const feedback = { backend_handle: address } as unknown as Partial<FeedbackOf<M>>;
      if (before !== address) await context.record(feedback);
      await ask({ method: 'PUT', address, signal, headers, body });
      return feedback;
    },
    async deleteRecord(object, { signal }) {
      const address = handleOf(object);
      if (address !== null) await remove(address, signal, definition.headers?.(object));
    },
  });
}

async function remove(
  address: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  await ask({ method: 'DELETE', address, signal, headers, expected: [404, 410] });
}
