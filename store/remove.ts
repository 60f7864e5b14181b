import type { Ref } from '../model/definition.ts';
import { depthOf } from './depth.ts';
import { Refusal } from './errors.ts';
import { readObject } from './read.ts';
import type { StoredObject } from './types.ts';
import { audit, lockObject, nameOf, staleness, tell, type Writing } from './write.ts';

export interface RemoveOptions {
  /** Mark everything that depends on it, too. */
  readonly cascade?: boolean;
  /** Give up on what the back end may have of it: it is removed here, and whatever it made is left there. */
  readonly orphan?: boolean;
  /** Refuse when this is not the stored version any more. */
  readonly version?: number;
}

/**
 * Mark an object as deleted; with `cascade`, also whatever links to it, until there is nothing new.
 *
 * Each is locked FOR UPDATE first and asked for its dependents in a later statement (design 3.2, 3.8): who adds
 * a link at this moment has either committed it, and it is seen here, or finds the object deleted.
 *
 * @returns all that were marked, this one first; empty when it was already
 * @throws {Refusal} E_IN_USE with the dependents; E_PROTECTED; E_NOT_FOUND; E_STALE
 */
export async function removeObject(writing: Writing, ref: Ref, options: RemoveOptions = {}): Promise<Ref[]> {
  const first = await lockObject(writing, ref, 'update');
  if (options.version !== undefined && options.version !== first.version)
    throw staleness(first, options.version);
  if (first.deleted) {
    if (options.orphan === true) await orphan(writing, first);
    return [];
  }

  const marked: StoredObject[] = [];
  const queue: StoredObject[] = [first];
  for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
    if (object.write_protect) throw protection(object, first);
    await writing.tx.query(MARK, [object.id, depthOf(writing.writer)]);
    marked.push(object);
    const dependents = await liveDependents(writing, object);
    if (dependents.length > 0 && options.cascade !== true) throw inUse(object, dependents);
    for (const dependent of dependents) {
      const locked = await lockObject(writing, dependent, 'update');
      if (!locked.deleted && !queue.some(({ id }) => id === locked.id)) queue.push(locked);
    }
  }

  // Backwards, so that what nobody acts on goes at once, dependents first.
  for (const object of marked.toReversed()) await settle(writing, object);
  if (options.orphan === true) for (const object of marked.toReversed()) await orphan(writing, object);
  return marked.map(({ model, id }) => ({ model, id }));
}

const MARK = `update objects
   set deleted = true, version = version + 1, generation = generation + 1, failures = 0, next_attempt_at = null,
       depth = $2
 where id = $1`;

async function liveDependents({ tx }: Writing, object: Ref): Promise<Ref[]> {
  return tx.query<Ref>(
    `select distinct o.model, o.id from links l join objects o on o.id = l.src
      where l.dst = $1 and l.src <> $1 and not o.deleted order by o.id`,
    [object.id],
  );
}

async function settle(writing: Writing, object: StoredObject): Promise<void> {
  const { tx, registry, writer } = writing;
  await audit(writing, 'marked for deletion', object, {});
  // It holds nobody any more: what waited for it to be synchronized may go on.
  await tx.query('select release_waiters($1)', [object.id]);
  // No way goes by it any more.
  await tx.query('select leave_graph($1)', [object.id]);
  // With a policy, it stays until that has heard of it: the function looks.
  const hasNothingToUndo = registry.get(object.model)?.hasStep === false && !object.backend_need_delete;
  if (hasNothingToUndo) await tx.query('select confirm_unbegun($1)', [object.id]);
  if ((await readObject(tx, registry, object)) !== null) await tell(tx, object.id, writer);
}

/** Nothing is reported deleted that the back end did not confirm: that somebody gave up on it is audited. */
async function orphan(writing: Writing, object: StoredObject): Promise<void> {
  await audit(writing, 'orphaned', object, { feedback: object.feedback });
  await writing.tx.query('select orphan($1)', [object.id]);
}

function protection(object: Ref, asked: Ref): Refusal {
  const because = object.id === asked.id ? '' : `, and ${nameOf(asked)} cannot be deleted without it`;
  return new Refusal(
    'E_PROTECTED',
    `${nameOf(object)} is write-protected${because}; unset write_protect first`,
  );
}

function inUse(object: Ref, dependents: readonly Ref[]): Refusal {
  const shown = dependents.slice(0, 10).map(nameOf).join(', ');
  const more = dependents.length > 10 ? ` and ${dependents.length - 10} more` : '';
  return new Refusal(
    'E_IN_USE',
    `${nameOf(object)} is in use by ${shown}${more}; delete those first, or ask for --cascade`,
    { dependents },
  );
}
