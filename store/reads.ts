import type { Database, Queryable } from './database.ts';
import type { Fields, Value } from './types.ts';

/** A field of another object, with the value that author code saw. */
export interface FieldRead {
  readonly target: number;
  readonly model: string;
  readonly field: string;
  readonly value: Value;
}

/** What was searched for, and the ids that there were, in order. */
export interface Search {
  readonly model: string;
  readonly predicate: Fields;
  readonly ids: readonly number[];
}

/** What author code looked at. */
export interface Reads {
  readonly fields: readonly FieldRead[];
  readonly searches: readonly Search[];
}

/**
 * Store what an attempt looked at, in place of what the one before did, and have it verified once this is committed.
 *
 * In the transaction of its outcome, after the statement that locked the object's row.
 *
 * @param by the code that looked; each has reads of its own
 */
export async function storeReads(
  tx: Queryable,
  reader: number,
  reads: Reads,
  by: 'step' | 'dependsOn' = 'step',
): Promise<void> {
  await tx.query('select store_reads($1, $2, $3, $4)', [
    reader,
    by,
    JSON.stringify(reads.fields),
    JSON.stringify(reads.searches),
  ]);
}

/** Make the readers of an object look again: those for which something there is not what they saw. */
export async function resyncReaders(database: Database, object: number): Promise<void> {
  // Not all in one transaction: a hub may have thousands of readers, and each is locked.
  for (let behind: number | null = 0; behind !== null;) behind = await someReaders(database, object, behind);
}

async function someReaders(database: Database, object: number, behind: number): Promise<number | null> {
  const [row] = await database.query<{ last: number | null }>('select resync_readers($1, $2) as last', [
    object,
    behind,
  ]);
  return row?.last ?? null;
}

/** Compare all that an object read with what is there now; give it a new generation when something has changed. */
export async function verifyReads(database: Database, object: number): Promise<void> {
  await database.query('select verify_reads($1)', [object]);
}
