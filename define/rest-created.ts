import type { StepContext } from './context.ts';
import { PermanentException } from './errors.ts';
import type { FeedbackOf, Model, ObjectOf } from './model.ts';
import { ask } from './rest-request.ts';
import type { RestCreation, RestStep } from './rest.ts';
import { step, type Step } from './step.ts';

type Id = string | number;

/** Define a step that keeps a resource whose id the back end chooses: POST, then PUT and DELETE by that id. */
export function createdStep<M extends Model>(
  definition: RestStep<M>,
  creation: RestCreation<M>,
): Step<M> & { readonly kind: 'step' } {
  const { idField } = creation;
  const idOf = (object: ObjectOf<M>): Id | undefined => {
    const id = (object as Readonly<Record<string, unknown>>)[idField];
    return typeof id === 'number' || (typeof id === 'string' && id !== '') ? id : undefined;
  };
  const feedbackOf = (id: Id): Partial<FeedbackOf<M>> =>
    ({ [idField]: id }) as unknown as Partial<FeedbackOf<M>>;
  const addressOf = (object: ObjectOf<M>, id: Id, context: StepContext<M>): string | Promise<string> =>
    definition.url({ ...object, [idField]: id }, context);

  const found = async (object: ObjectOf<M>, context: StepContext<M>): Promise<Id | undefined> => {
    if (creation.find === undefined) return undefined;
    const { status, body } = await ask({
      method: 'GET',
      address: await creation.find(object, context),
      signal: context.signal,
      headers: definition.headers?.(object),
      expected: [404, 410],
    });
    const first: unknown = Array.isArray(body) ? body[0] : body;
    return status === 404 || status === 410 ? undefined : takeId(creation, first);
  };
  const make = async (object: ObjectOf<M>, body: string, context: StepContext<M>): Promise<Id> => {
    const address = await creation.url(object, context);
    const answer = await ask({
      method: 'POST',
      address,
      signal: context.signal,
      headers: { ...definition.headers?.(object), 'idempotency-key': `${object.model}/${object.id}` },
      body,
    });
    const id = takeId(creation, answer.body) ?? lastPart(answer.headers.get('location'));
    if (id === undefined)
      throw new PermanentException(`POST ${new URL(address).pathname} made something and told no id of it`);
    // At once: what is not known cannot be removed.
    await context.record(feedbackOf(id));
    return id;
  };

  return step<M>({
    ...definition,
    async syncRecord(object, context) {
      const { signal } = context;
      const body = JSON.stringify(await definition.body(object, context));
      const known = idOf(object);
      const id = known ?? (await found(object, context));
      if (id === undefined) return feedbackOf(await make(object, body, context));
      if (known === undefined) await context.record(feedbackOf(id));
      const address = await addressOf(object, id, context);
      const headers = definition.headers?.(object);
      const { status } = await ask({ method: 'PUT', address, signal, headers, body, expected: [404, 410] });
      const isGone = status === 404 || status === 410;
      return feedbackOf(isGone ? await make(object, body, context) : id);
    },
    async deleteRecord(object, context) {
      const id = idOf(object) ?? (await found(object, context));
      if (id === undefined) return;
      const address = await addressOf(object, id, context);
      const headers = definition.headers?.(object);
      await ask({ method: 'DELETE', address, signal: context.signal, headers, expected: [404, 410] });
    },
  });
}

function takeId<M extends Model>(creation: RestCreation<M>, answer: unknown): Id | undefined {
  if (creation.idOf !== undefined) return creation.idOf(answer);
  const { id } = (typeof answer === 'object' && answer !== null ? answer : {}) as { readonly id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

const lastPart = (location: string | null): string | undefined =>
  location
    ?.split(/[?#]/)[0]
    ?.split('/')
    .findLast((part) => part !== '');
