import type { Ref } from '../model/definition.ts';
import type { Database } from './database.ts';
import { storeReads, type Reads } from './reads.ts';

/**
 * Store what the step of an object says that it depends on, of this generation (design 3.6).
 *
 * Each target is locked FOR KEY SHARE and then seen to live: who deletes it at this moment has either been seen, or
 * finds the edge and has the object asked again.
 *
 * @returns false when the goal has changed meanwhile: it is to be asked again
 */
export function storeDependencies(
  database: Database,
  id: number,
  generation: number,
  dependencies: readonly Ref[],
  reads: Reads,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const [object] = await tx.query<{ generation: number }>(
      'select generation from objects where id = $1 for no key update',
      [id],
    );
    if (object?.generation !== generation) return false;
    // A registration may have taken its dependsOn away, which holds all its objects: in a later statement it is seen.
    const [evaluated] = await tx.query<{ still: boolean }>(
      'select evaluates(o.model) as still from objects o where o.id = $1',
      [id],
    );
    if (evaluated?.still !== true) return false;
    const ids = dependencies.map((ref) => ref.id).filter((target) => target !== id);
    await tx.query('select 1 from objects where id = any ($1::bigint[]) order by id for key share', [ids]);
    await tx.query("delete from edges where src = $1 and kind = 'author'", [id]);
    await tx.query(
      `insert into edges (src, dst, kind, via)
       select $1, o.id, 'author', $1 from objects o where o.id = any ($2::bigint[]) and not o.deleted`,
      [id, ids],
    );
    await tx.query('update objects set evaluated = generation where id = $1', [id]);
    // What is not named any more may be deleted now.
    await tx.query('select release_waiters($1)', [id]);
    await storeReads(tx, id, reads, 'dependsOn');
    return true;
  });
}

/**
 * Record that a step could not say what its object depends on: it is held, in error, and asked again later.
 *
 * @param shown what people are told; at most 1,024 characters
 * @returns false when the goal has changed meanwhile
 */
export async function recordUnevaluated(
  database: Database,
  id: number,
  generation: number,
  shown: string,
  delayMs: number,
  reads: Reads,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const rows = await tx.query(
      `update objects
          set failures = failures + 1, outcome = 'failed', outcome_generation = generation, outcome_code = 'dependsOn',
              outcome_text = $3, outcome_at = clock_timestamp(),
              next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond'
        where id = $1 and generation = $2 returning id`,
      [id, generation, shown, delayMs],
    );
    if (rows.length > 0) await storeReads(tx, id, reads, 'dependsOn');
    return rows.length > 0;
  });
}
