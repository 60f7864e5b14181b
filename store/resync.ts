import type { Ref } from '../model/definition.ts';
import type { Database } from './database.ts';
import { Refusal } from './errors.ts';
import { audit, lockObject, nameOf, type Writing } from './write.ts';

/**
 * Have an object synchronized again although nothing of it has changed: at once, with a fresh failure count.
 *
 * Ends a backoff, a deferral, and the stall after a PermanentException.
 *
 * @throws {Refusal} E_NOT_FOUND; E_INVALID when nothing synchronizes it, nor has a policy to answer it
 */
export async function resyncObject(writing: Writing, ref: Ref): Promise<void> {
  const { tx, registry, writer } = writing;
  const object = await lockObject(writing, ref, 'no key update');
  // A policy that has yet to answer may have failed: that, too, may be tried again at once.
  const [awaited] = await tx.query('select 1 from objects o where id = $1 and policed_behind(o)', [
    object.id,
  ]);
  if (registry.get(object.model)?.hasStep !== true && awaited === undefined) {
    throw new Refusal(
      'E_INVALID',
      `${nameOf(object)} has nothing to synchronize: no step is there for ${object.model}`,
    );
  }
  if (object.no_sync && awaited === undefined) {
    throw new Refusal('E_INVALID', `${nameOf(object)} is not managed: unset no_sync first`);
  }
  await audit(writing, 'resync asked for', object, {});
  await tx.query('select resync($1, $2::smallint)', [object.id, writer.isBulk === true ? 4 : 2]);
}

/**
 * Resync what `resyncEveryMs` of its step says is due.
 *
 * @param most of it at once
 * @returns how long until more may be due; null when no step asks for it. @format milliseconds
 */
export async function resyncDue(database: Database, most: number): Promise<number | null> {
  const [row] = await database.query<{ ms: number | null }>('select resync_due($1) as ms', [most]);
  return row?.ms ?? null;
}
