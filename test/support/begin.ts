import { beginAttempt, type Fence, type Loaded } from '../../store/attempts.ts';
import type { Database } from '../../store/database.ts';

const LEASE = { leaseMs: 30_000, worker: 'a worker' };

/** Begin an attempt that nothing keeps from beginning. @returns its object */
export async function begin(database: Database, fence: Fence, lease = LEASE): Promise<Loaded> {
  const begun = await beginAttempt(database, fence, lease);
  if (!('loaded' in begun) || begun.loaded === undefined)
    throw new Error(`no attempt on object ${fence.id} has begun: ${begun.answer}`);
  return begun.loaded;
}

/** Begin as `take_up` does, and do something after that is committed, before the object is loaded. */
export async function beginSlowly(
  database: Database,
  { id, token, attempt }: Fence,
  between: () => Promise<void>,
): Promise<Loaded | undefined> {
  const { leaseMs, worker } = LEASE;
  await database.query("select begin_attempt($1, $2, $3, 'sync', $4, $5)", [
    id,
    token,
    attempt,
    leaseMs,
    worker,
  ]);
  await between();
  const [loaded] = await database.query<Loaded>('select * from load_attempt($1)', [id]);
  return loaded;
}
