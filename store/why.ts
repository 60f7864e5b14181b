import type { Ref } from '../model/definition.ts';
import { shortestPath } from '../plan/shortest-path.ts';
import type { Queryable } from './database.ts';
import { readObject } from './read.ts';
import type { Registry } from './registry.ts';
import type { BackendCode, State } from './types.ts';

/** An object that is not done, or what holds one back. */
export interface Cause extends Ref {
  readonly name: string | null;
  readonly state: State;
  readonly backend_code: BackendCode;
  readonly backend_status: string;
  /** Since when it has been in this state. */
  readonly since: Date;
  readonly generation: number;
  readonly enacted: number | null;
  readonly deleted: boolean;
  readonly failures: number;
  /** Attempts for the goal that it has now. */
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  /** The failures since it was last synchronized. */
  readonly trouble: {
    readonly times: number;
    readonly first_seen: Date | null;
    readonly last_seen: Date | null;
    /** How many different texts they had. */
    readonly texts: number;
  };
}

/** What may keep an object from being acted on, besides other objects. */
export interface Circumstances {
  readonly synchronizer: string;
  readonly disabled: boolean;
  /** Its synchronizer still brings its model. */
  readonly living: boolean;
  /** Workers that have said within the last minute that they live. */
  readonly workers: number;
  readonly paused: { readonly scope: 'object' | 'model' | 'synchronizer'; readonly name: string } | null;
  /** Objects of its synchronizer that relays tell Temporal of before it. 0: none, or it is told already. */
  readonly ahead: number;
  /** The step that has yet to choose it (fetchPending), and what that threw when it was last asked. */
  readonly poller: { readonly name: string; readonly fault: string | null } | null;
  readonly no_sync: boolean;
  readonly backend_need_delete: boolean;
  readonly backend_need_reap: boolean;
  readonly has_step: boolean;
}

export interface Why {
  /** From the object to its root cause, each waiting for the next. It alone when nothing else holds it. */
  readonly chain: readonly Cause[];
  /** How many are left out of the middle of a long chain. */
  readonly omitted: number;
  /** Of the last in the chain. */
  readonly circumstances: Circumstances;
  /** Who else waits for the last in the chain, directly or through others: all of them counted, the first named. */
  readonly others: { readonly count: number; readonly first: readonly Named[] };
}

export interface Named extends Ref {
  readonly name: string | null;
}

/** Of a longer chain, so many are told at each end. */
const ENDS = 10;
const NAMED_OTHERS = 10;

/**
 * Say why an object is as it is: the chain of waits to its root cause.
 *
 * Five statements, however large the graph; what is read is what the object waits for, and who waits for its cause.
 *
 * @returns null when there is no such object
 */
export async function readWhy(queryable: Queryable, registry: Registry, ref: Ref): Promise<Why | null> {
  const object = await readObject(queryable, registry, ref);
  if (object === null) return null;
  const path = await pathToRoot(queryable, object.id, object.root?.id ?? object.id);
  const isLong = path.length > 2 * ENDS;
  const shown = isLong ? [...path.slice(0, ENDS), ...path.slice(-ENDS)] : path;
  const root = path.at(-1) ?? object.id;
  const [causes, others, circumstances] = [
    await readCauses(queryable, registry, shown),
    await readOthers(queryable, registry, root, path),
    await readCircumstances(queryable, root),
  ];
  // Reaped since it was looked for.
  if (circumstances === undefined || causes.length === 0) return null;
  return { chain: causes, omitted: path.length - shown.length, circumstances, others };
}

/** The ids from the one to the other, along what each waits for. */
async function pathToRoot(queryable: Queryable, object: number, root: number): Promise<number[]> {
  if (root === object) return [object];
  const edges = await queryable.query<{ from: number; to: number }>(
    `with recursive ahead ("from", "to") as (
       select waiter, waited from waits where waiter = $1
       union
       select w.waiter, w.waited from ahead a
        cross join lateral (select waiter, waited from waits where waiter = a."to" offset 0) w
     ) select "from", "to" from ahead`,
    [object],
  );
  // The waits may have ended since the root was found: then it is told without what stood between.
  return shortestPath(edges, object, root) ?? [object, root];
}

/** Read objects as causes, in the order of `ids`. */
async function readCauses(
  queryable: Queryable,
  registry: Registry,
  ids: readonly number[],
): Promise<Cause[]> {
  const rows = await queryable.query<Cause>(
    `select o.id, o.model, o.declarative ->> 'name' as name, s.state, s.backend_code, s.backend_status,
            state_since(o, s.state) as since, o.generation, o.enacted, o.deleted, o.failures,
            attempts_of_goal(o) as attempts, o.next_attempt_at,
            (select jsonb_build_object('times', t.times, 'first_seen', t.first_seen, 'last_seen', t.last_seen,
                                       'texts', t.texts) from trouble_of(o) t) as trouble
       from unnest($1::bigint[]) with ordinality c (id, at)
       join objects o on o.id = c.id join object_states($1) s on s.id = o.id order by c.at`,
    [ids],
  );
  return rows.map((row) => ({ ...row, name: nameShown(registry, row), trouble: withDates(row.trouble) }));
}

async function readOthers(
  queryable: Queryable,
  registry: Registry,
  root: number,
  chain: readonly number[],
): Promise<Why['others']> {
  const rows = await queryable.query<Named & { readonly count: number }>(
    `with others as (select w.id from waiters_of($1) w where w.id <> all ($2::bigint[]))
     select o.id, o.model, o.declarative ->> 'name' as name, (select count(*)::integer from others) as count
       from objects o where o.id in (select id from others order by id limit ${NAMED_OTHERS}) order by o.id`,
    [root, chain],
  );
  const first = rows.map(({ id, model, name }) => ({
    id,
    model,
    name: nameShown(registry, { model, name }),
  }));
  return { count: rows[0]?.count ?? 0, first };
}

async function readCircumstances(queryable: Queryable, id: number): Promise<Circumstances | undefined> {
  const [row] = await queryable.query<Circumstances>(
    `select m.synchronizer, s.disabled, m.living, m.has_step, o.no_sync, o.backend_need_delete, o.backend_need_reap,
            (select count(*)::integer from workers w
              where w.synchronizer = m.synchronizer and w.seen > now() - interval '1 minute') as workers,
            (select count(distinct b.object_id)::integer
               from (select t.queue, t.priority, t.id from outbox t
                      where t.kind = 'object' and t.object_id = o.id and t.looks = 0 and t.claimed_until is null
                      order by t.priority, t.id limit 1) mine
               join outbox b on b.kind = 'object' and b.queue = mine.queue and b.looks = 0 and b.due <= now()
                            and (b.priority, b.id) < (mine.priority, mine.id)) as ahead,
            (select jsonb_build_object('scope', p.scope, 'name', p.name)
               from (select (pause_of(o)).*) p where p.scope is not null) as paused,
            (select jsonb_build_object('name', p.name, 'fault', p.fault) from selecting c join pollers p on p.name = c.poller
              where c.model = o.model and is_unselected(o)) as poller
       from objects o join models m on m.name = o.model join synchronizers s on s.name = m.synchronizer
      where o.id = $1`,
    [id],
  );
  return row;
}

/** The name of an object, unless its model keeps it secret. */
export function nameShown(
  registry: Registry,
  { model, name }: { readonly model: string; readonly name: string | null },
): string | null {
  const field = registry.get(model)?.definition.fields.find((candidate) => candidate.name === 'name');
  return field === undefined || field.secret ? null : name;
}

/** In JSON of Postgres, a date is text. */
function withDates({ times, first_seen, last_seen, texts }: Cause['trouble']): Cause['trouble'] {
  const date = (value: Date | null): Date | null => (value === null ? null : new Date(value));
  return { times, first_seen: date(first_seen), last_seen: date(last_seen), texts };
}
