import type { Ref } from '../model/definition.ts';
import { withGuesses } from '../plan/guesses.ts';
import { wavesBesideCircles } from '../plan/waves.ts';
import { applyObjects, type Applied, type Wish } from './apply.ts';
import type { Queryable } from './database.ts';
import { guessesOf } from './plan-guesses.ts';
import type { Registry } from './registry.ts';
import { UNSETTLED } from './read.ts';
import { removeObject } from './remove.ts';
import type { Fields } from './types.ts';
import { nameShown } from './why.ts';
import { masked, type Writing } from './write.ts';

/** What somebody thinks of changing. */
export interface ChangeSet {
  readonly wishes: readonly Wish[];
  readonly removals: readonly Ref[];
  /** Also what depends on them. */
  readonly cascade: boolean;
}

/** An object that something would be done for. */
export interface Planned extends Ref {
  readonly name: string | null;
  /** `pending`: it is not done yet, whatever is changed, and another of them waits for it. */
  readonly act: 'create' | 'change' | 'resync' | 'delete' | 'pending';
  /** The place of the wish that it is for. */
  readonly item: number | null;
  /** It is not stored: its id will be another one. */
  readonly isNew: boolean;
  /** By field, what it is and what it would be; secrets are masked. */
  readonly changes: Applied['changes'];
  /** Why that is to be done, where no field says it. */
  readonly reason: string | null;
  /** From 1 on; null where there is nothing to do but to store it, and for what waits in a circle, or for one. */
  readonly wave: number | null;
  /** What it waits for. */
  readonly after: readonly Ref[];
}

export interface Plan {
  /** In the order of the waves. */
  readonly planned: readonly Planned[];
  /** One of the longest chains, each waiting for the one before. */
  readonly chain: readonly Ref[];
  /** Objects that wait for each other, so that there is no order of these. Empty: there are none. */
  readonly circle: readonly Ref[];
  readonly unchanged: number;
  /** Objects that are not done, and left out since there are too many. */
  readonly omitted: number;
}

const MOST = 10_000;

/**
 * Plan what is not done now: the same as a plan of no changes, but that it shows all that is to be done.
 *
 * What steps and policies will write themselves cannot be foreseen.
 */
export async function planUnsettled({ tx, registry }: Writing): Promise<Plan> {
  const rows = await tx.query<{ id: number; all: number }>(
    `select o.id, (count(*) over ())::integer as "all" from objects o
      where has_work(o) and ${UNSETTLED} order by o.id limit ${MOST}`,
  );
  const found = new Map(rows.map(({ id }) => [id, {}] as const));
  const plan = await inOrder(tx, registry, found, { unchanged: 0 });
  return { ...plan, omitted: (rows[0]?.all ?? 0) - rows.length };
}

/**
 * Make changes, and say what would come of them. For a transaction that is rolled back.
 *
 * @throws {Refusal} for what cannot be written, as a write does
 */
export async function planChanges(writing: Writing, set: ChangeSet): Promise<Plan> {
  const { tx, registry } = writing;
  const applied = set.wishes.length === 0 ? [] : await applyObjects(writing, set.wishes);
  const removed: Ref[] = [];
  for (const ref of set.removals) removed.push(...(await removeObject(writing, ref, set)));

  const found = new Map<number, Found>();
  for (const [item, { ref, act, changes }] of applied.entries()) {
    if (act === 'unchanged' || found.has(ref.id)) continue;
    found.set(ref.id, { ref, item, changes, act: act === 'created' ? 'create' : 'change' });
  }
  for (const ref of removed) found.set(ref.id, { ref, act: 'delete' });
  const changed = [...found.keys()];
  for (const id of await toldHere(tx))
    if (!found.has(id)) found.set(id, { act: 'resync', reason: 'depends on others then' });
  for (const { reader, reason } of await lookAgain(tx, changed))
    if (!found.has(reader)) found.set(reader, { act: 'resync', reason });
  const unchanged = applied.filter(({ act }) => act === 'unchanged').length;
  return inOrder(tx, registry, found, { unchanged, wishes: set.wishes });
}

/** What is known of an object before it is looked at. */
interface Found {
  readonly ref?: Ref;
  readonly act?: Planned['act'];
  readonly item?: number;
  readonly changes?: Applied['changes'];
  readonly reason?: string;
}

/** Whom this transaction has given something to do. */
async function toldHere(tx: Queryable): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `select distinct x.object_id as id from outbox x join objects o on o.id = x.object_id
      where x.xmin = pg_current_xact_id()::xid and x.kind = 'object' and x.reason = 'changed' and not o.backend_need_reap
      order by 1`,
  );
  return rows.map(({ id }) => id);
}

/** Give a new generation to those that have read what is changed, as relays do once that is committed. */
async function lookAgain(
  tx: Queryable,
  changed: readonly number[],
): Promise<{ readonly reader: number; readonly reason: string }[]> {
  const rows = await tx.query<{ reader: number; reason: string }>(
    `select r.reader, case when r.searched then 'searches what ' else 'reads ' end || o.model || '/' || o.id
            || case when r.searched then ' is among' else '' end as reason
       from readers_then($1) r join objects o on o.id = r.target order by r.reader`,
    [changed],
  );
  const readers = rows.map(({ reader }) => reader);
  await tx.query('update objects set generation = generation + 1 where id = any ($1::bigint[])', [readers]);
  return rows;
}

interface Row extends Ref {
  readonly name: string | null;
  readonly declarative: Fields;
  readonly deleted: boolean;
  readonly isBegun: boolean;
  readonly hasWork: boolean;
  readonly holds: boolean;
  readonly status: string;
}

async function inOrder(
  tx: Queryable,
  registry: Registry,
  found: Map<number, Found>,
  { unchanged, wishes = [] }: { readonly unchanged: number; readonly wishes?: readonly Wish[] },
): Promise<Plan> {
  const known = await withAllAhead(tx, found);
  const rows = await readRows(tx, [...found.keys()]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const working = rows.filter(({ hasWork }) => hasWork);
  const edges = known.flatMap(({ id, ahead }) => {
    const [from, to] = [byId.get(id), byId.get(ahead)];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  const all = withGuesses(working, edges, await guessesOf(tx, working));
  const { waves, chain, circle } = wavesBesideCircles(working, all);
  const waveOf = new Map(waves.flatMap((wave, at) => wave.map((ref) => [ref.id, at + 1] as const)));
  const after = Map.groupBy(all, ({ from }) => from.id);

  const planned = [...found].map(([id, { ref = { model: '', id }, act, item, changes, reason }]): Planned => {
    const row = byId.get(id);
    const isNew = act === 'create';
    return {
      ...(row === undefined ? ref : { model: row.model, id }),
      name: row === undefined ? null : nameShown(registry, row),
      act: act ?? (row === undefined ? 'delete' : actOf(row)),
      item: item ?? null,
      isNew,
      changes: isNew && row !== undefined ? given(registry, row, wishes[item ?? -1]) : (changes ?? {}),
      reason: reason ?? (act === undefined || act === 'pending' ? (row?.status ?? null) : null),
      wave: waveOf.get(id) ?? null,
      after: (after.get(id) ?? []).map(({ to }) => ({ model: to.model, id: to.id })),
    };
  });
  planned.sort((a, b) => (a.wave ?? 0) - (b.wave ?? 0) || a.id - b.id);
  return { planned, chain, circle, unchanged, omitted: 0 };
}

/** Find what must be done before these, and before that; what is not among them is added: it is pending. */
async function withAllAhead(
  tx: Queryable,
  found: Map<number, Found>,
): Promise<{ readonly id: number; readonly ahead: number }[]> {
  const edges: { id: number; ahead: number }[] = [];
  for (let ids = [...found.keys()]; ids.length > 0;) {
    const rows = await tx.query<{ id: number; ahead: number }>(
      'select id, ahead from ahead_of($1) order by id, ahead',
      [ids],
    );
    edges.push(...rows);
    ids = [...new Set(rows.map(({ ahead }) => ahead))].filter((id) => !found.has(id));
    for (const id of ids) found.set(id, { act: 'pending' });
  }
  return edges;
}

function readRows(tx: Queryable, ids: readonly number[]): Promise<Row[]> {
  return tx.query<Row>(
    `select o.id, o.model, o.declarative ->> 'name' as name, o.declarative, o.deleted, has_work(o) as "hasWork",
            holds(o), o.enacted is not null or o.backend_need_delete as "isBegun", s.backend_status as status
       from objects o join object_states($1) s on s.id = o.id where o.id = any ($1) order by o.id`,
    [ids],
  );
}

/** What is to be done for an object that is not done. */
function actOf({ deleted, isBegun }: Row): Planned['act'] {
  if (deleted) return 'delete';
  return isBegun ? 'resync' : 'create';
}

/** What is wished of an object that is not there yet. */
function given(registry: Registry, { model, declarative }: Row, wish: Wish | undefined): Applied['changes'] {
  const definition = registry.get(model)?.definition;
  const values = definition === undefined ? {} : masked(definition, declarative);
  const names = Object.keys(wish?.fields ?? {}).filter((name) => values[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, { before: null, after: values[name] ?? null }]));
}
