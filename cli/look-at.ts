import { ApiError } from '../client/http.ts';
import type { ApiObject } from '../client/wire.ts';
import type { Ref } from '../model/definition.ts';
import { isAway } from './lost-connection.ts';
import type { Session } from './session.ts';

/** The object, null when there is none; unknown while the server cannot say: it may be on its way back. */
export type Seen = ApiObject | null | 'unknown';

/** Asked one by one, few are told sooner. */
const FEW = 20;
/** As many as an address can name. */
const AT_ONCE = 200;

/** Look at each of these objects as it is now; many of a model with one question. */
export async function* lookAt(refs: readonly Ref[], session: Session): AsyncGenerator<readonly [Ref, Seen]> {
  for (const [model, its] of Map.groupBy(refs, (ref) => ref.model)) {
    for (let at = 0; at < its.length; at += AT_ONCE) {
      const some = its.slice(at, at + AT_ONCE);
      const live = its.length > FEW ? await listed(model, some, session) : new Map<number, ApiObject>();
      // Lists leave out what is being deleted.
      for (const ref of some)
        yield [ref, live === 'unknown' ? live : (live.get(ref.id) ?? (await look(ref, session)))];
    }
  }
}

async function listed(
  model: string,
  refs: readonly Ref[],
  { client }: Session,
): Promise<ReadonlyMap<number, ApiObject> | 'unknown'> {
  const where = { id__in: refs.map(({ id }) => id).join(',') };
  const found = await orUnknown(client.list(model, { where, limit: AT_ONCE }));
  return found === 'unknown' ? found : new Map(found.map((object) => [object.id, object]));
}

async function look(ref: Ref, { client }: Session): Promise<Seen> {
  try {
    return await orUnknown(client.get(ref));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'E_NOT_FOUND') return null;
    throw error;
  }
}

async function orUnknown<T>(answer: Promise<T>): Promise<T | 'unknown'> {
  try {
    return await answer;
  } catch (error) {
    if (isAway(error)) return 'unknown';
    throw error;
  }
}
