import type { Ref } from '../model/definition.ts';
import { keepLog, type Fence, type Loaded, type Recorded } from './attempts.ts';
import type { Database, Queryable } from './database.ts';
import { TooDeep } from './depth.ts';
import type { Registry } from './registry.ts';
import { removeObject } from './remove.ts';
import type { Store } from './store.ts';
import { createObject, updateObject, type Writing } from './write.ts';

/** Something that a policy wants written. The id of what it creates is reserved, so that later writes can name it. */
export type PolicyWrite =
  | { readonly kind: 'create'; readonly ref: Ref; readonly fields: Record<string, unknown> }
  | { readonly kind: 'update'; readonly ref: Ref; readonly changes: Record<string, unknown> }
  | { readonly kind: 'remove'; readonly ref: Ref };

/** A policy's answer to one version of its object. */
export interface PolicyAnswer {
  readonly of: Ref;
  readonly loaded: Pick<Loaded, 'version' | 'deleted' | 'depth'>;
  /** In the order in which they were asked for. */
  readonly writes: readonly PolicyWrite[];
  /** The version of each object as the policy first read it, by id. */
  readonly seen: ReadonlyMap<number, number>;
  readonly summary: string | null;
  /** An excerpt of what it logged. */
  readonly log?: string | null;
}

/**
 * `moved`: the object has changed meanwhile, so this answers what is no more. `conflict`: something that the policy
 * read and wants to change has changed. Nothing was written in either case: run the policy again.
 */
export type Answered = Recorded | 'moved' | 'conflict';

/**
 * Commit what a policy has written, and that it has answered, all or nothing.
 *
 * All rows that it writes are locked first, by id, so that two policies never wait for each other; then compared
 * with what the policy has read. Idempotent: committed twice, the second finds that it has been.
 *
 * @throws {Refusal} for what cannot be written
 * @throws {Error} naming the writers, when too many policies stand behind these writes
 */
export async function commitAnswer(store: Store, fence: Fence, answer: PolicyAnswer): Promise<Answered> {
  try {
    return await store.inModels((tx, registry) => commit(tx, registry, fence, answer));
  } catch (error) {
    if (error instanceof TooDeep) throw await circle(store.database, answer.of);
    throw error;
  }
}

async function commit(
  tx: Queryable,
  registry: Registry,
  fence: Fence,
  { of, loaded, writes, seen, summary, log }: PolicyAnswer,
): Promise<Answered> {
  const existing = writes.filter(({ kind }) => kind !== 'create').map(({ ref }) => ref.id);
  // A removal needs the stronger lock, for it looks for links afterwards; others must not keep links from being added.
  const strength = writes.some(({ kind }) => kind === 'remove') ? 'update' : 'no key update';
  const rows = await tx.query<LockedRow>(
    `select o.id, o.version, policed_behind(o) as behind,
            o.fence = $2 and o.fence_attempt = $3 and o.lease_until is not null as held
       from objects o where o.id = any ($1::bigint[]) order by o.id for ${strength}`,
    [[...existing, of.id], fence.token, fence.attempt],
  );
  const locked = new Map(rows.map((row) => [row.id, row]));

  const own = locked.get(of.id);
  if (own?.held !== true) return (await isCommitted(tx, fence)) ? 'again' : 'stale';
  if (own.version !== loaded.version || !own.behind) return 'moved';
  const created = new Set(writes.filter(({ kind }) => kind === 'create').map(({ ref }) => ref.id));
  const hasChanged = (id: number): boolean => !created.has(id) && locked.get(id)?.version !== seen.get(id);
  if (existing.some(hasChanged)) return 'conflict';

  const writer = { name: `policy ${of.model}/${of.id}`, depth: loaded.depth + 1 };
  for (const write of writes) await apply({ tx, registry, writer }, write);
  const [row] = await tx.query<{ answer: Recorded }>(
    'select record_policed($1, $2, $3, $4, $5, $6) as answer',
    [of.id, fence.token, fence.attempt, loaded.version, loaded.deleted, summary],
  );
  await keepLog(tx, fence, log);
  return row?.answer ?? 'stale';
}

interface LockedRow {
  readonly id: number;
  readonly version: number;
  readonly behind: boolean;
  readonly held: boolean;
}

async function apply(writing: Writing, write: PolicyWrite): Promise<void> {
  switch (write.kind) {
    case 'create':
      await createObject(writing, write.ref.model, write.fields, write.ref.id);
      break;
    case 'update':
      await updateObject(writing, write.ref, write.changes);
      break;
    case 'remove':
      await removeObject(writing, write.ref);
      break;
  }
}

/** The answer to the first commit was lost: has it been? */
async function isCommitted(tx: Queryable, fence: Fence): Promise<boolean> {
  const rows = await tx.query(
    "select 1 from attempts where object_id = $1 and token = $2 and attempt = $3 and outcome = 'synced'",
    [fence.id, fence.token, fence.attempt],
  );
  return rows.length > 0;
}

async function circle(database: Database, of: Ref): Promise<Error> {
  const rows = await database.query<{ writer: string }>('select writer from writers_of($1)', [of.id]);
  const writers = rows.map(({ writer }) => writer);
  const policies = [...new Set([`policy ${of.model}/${of.id}`, ...writers.filter(isPolicy)])];
  const begun = writers.find((writer) => !isPolicy(writer));
  return new Error(
    `more than 20 policies have written in answer to each other, and seem to go in a circle: ${policies.toReversed().join(', ')}` +
      (begun === undefined ? '' : ` (begun by ${begun})`),
  );
}

const isPolicy = (writer: string): boolean => writer.startsWith('policy ');

/** Reserve the id of an object that is yet to be created. */
export async function reserveId(database: Database): Promise<number> {
  const [row] = await database.query<{ id: number }>("select nextval('object_ids') as id");
  if (row === undefined) throw new Error('Postgres returned no row for nextval');
  return row.id;
}
