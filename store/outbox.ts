import type { Database } from './database.ts';

/** All that the outbox says of one object, and what a relay must know to signal its workflow. */
export interface Claim {
  readonly id: number;
  readonly model: string;
  /** The task queue of its synchronizer. */
  readonly synchronizer: string;
  readonly generation: number;
  readonly version: number;
  /** The running attempt is to end: the object is deleted, or held. */
  readonly stop: boolean;
  /** A change, not only a dependency that was synchronized. */
  readonly hasChanged: boolean;
  /** A dependency that was synchronized. */
  readonly cause: { readonly model: string; readonly id: number } | null;
  readonly priority: number;
  /** Nothing needs to be said: no work and no attempt; or other dependencies will say it later. */
  readonly isMoot: boolean;
  /** The step that has yet to choose it (fetchPending), when something has changed. */
  readonly poller: string | null;
  /** Until it is chosen nothing needs to be said: no attempt is under way, and nothing is waited for. */
  readonly isHeld: boolean;
  /** What to do about it, given what the object depends on. */
  readonly foresight: 'tell' | 'look' | 'wait' | 'forgotten';
  /** What Temporal must know to run the step of its model, as it was registered. */
  readonly terms: object | null;
  /** Nothing of it is under way as far as we know: probably no workflow of it runs. */
  readonly isIdle: boolean;
  readonly rows: readonly number[];
  readonly tries: number;
}

/**
 * Claim the rows of the next objects, as many of each synchronizer, most urgent first and then in turns. A short
 * transaction: signals are sent outside it.
 *
 * A claim takes all rows of its object, due or not, but for what was set aside while it waits still. It lapses by itself,
 * so that rows of a relay that died are taken up by another.
 *
 * While much that was claimed has not begun, only what is more urgent is claimed.
 */
export function claimOutbox(database: Database, batch: number): Promise<Claim[]> {
  return database.repeat<Claim>('claim_outbox', CLAIM, [batch, MOST_LOOKS]);
}

/** Set aside for 2, 8, 32 and 128 s: what waits longer is told, so that its workflow shows it waiting. */
const MOST_LOOKS = 4;

const CLAIM = `
select id, model, synchronizer, generation, version, stop, has_changed as "hasChanged", rows, priority, tries, cause,
       is_moot as "isMoot", poller, is_held as "isHeld", foresight, terms, is_idle as "isIdle"
  from claim_outbox($1, $2)`;

/**
 * Forget what relays have claimed of an object: its workflow has come to a worker, and looks once more at least.
 *
 * By itself, beginning an attempt does it; this is for what is put off before that, and for what comes before attempts.
 */
export async function forgetTold(database: Database, id: number): Promise<void> {
  await database.query('select forget_told($1)', [id]);
}

/** Forget rows: their signal was accepted, or is not needed. */
export async function forgetRows(database: Database, rows: readonly number[]): Promise<void> {
  if (rows.length === 0) return;
  await database.repeat('forget_rows', 'delete from outbox where id = any ($1::bigint[])', [rows]);
}

/** Give rows back, to be tried again after a while. @param after @format milliseconds */
export async function putOffRows(database: Database, rows: readonly number[], after: number): Promise<void> {
  await database.query(
    `update outbox set claimed_until = null, tries = tries + 1, due = now() + $2 * interval '1 millisecond'
        where id = any ($1::bigint[])`,
    [rows, after],
  );
}

/**
 * Set aside what cannot begin yet, as one row for each object. What it waits for brings it forward, by another row.
 *
 * Should it have been let go since we looked: that other row is there already.
 */
export async function setAside(database: Database, rows: readonly number[]): Promise<void> {
  if (rows.length === 0) return;
  await database.repeat(
    'set_aside',
    `with aside as (
       select min(id) as id, min(priority) as priority, max(looks) as looks
         from outbox where id = any ($1::bigint[]) and reason <> 'dependency' group by object_id
     ), kept as (
       update outbox b set claimed_until = null, priority = a.priority, looks = a.looks + 1,
              due = now() + 2 * 4 ^ a.looks * interval '1 second'
         from aside a where b.id = a.id
     )
     delete from outbox where id = any ($1::bigint[]) and id not in (select id from aside)`,
    [rows],
  );
}

/** How long until the next row is due, or a lapsed claim is free again; null when the outbox is empty. @format milliseconds */
export async function nextDue(database: Database): Promise<number | null> {
  const [row] = await database.repeat<{ ms: number | null }>('next_due', NEXT_DUE);
  return row?.ms ?? null;
}

// What a claim passes by is not due: a relay that waited for it would not rest.
// Thousands may be set aside: they are walked in the order in which they come due, and only to the first. And thousands
// may wait for their turn: then something is due, and it is not asked when claims lapse, for which all of them are read.
const NEXT_DUE = `
with first as materialized (
  select b.due as at from outbox b
   where (b.claimed_until is null or b.claimed_until < now())
     and (b.priority = 1 or b.queue <> all (array(select name from synchronizers where disabled)))
     -- Not as «not exists», which would first read all objects.
     and not coalesce((
       select (s.disabled or not m.living) and o.lease_until is null and o.next_attempt_at is null
         from objects o join models m on m.name = o.model join synchronizers s on s.name = m.synchronizer
        where b.kind = 'object' and o.id = b.object_id), false)
   order by b.due limit 1
)
select extract(epoch from case when f.at <= now() then f.at
                               else least(f.at, (select min(claimed_until) from outbox where claimed_until >= now())) end
                        - now())::float8 * 1000 as ms
  from (select (select at from first) as at) f`;

/** Something that the relay sees to itself: not a signal to the workflow of an object. */
export interface Errand {
  /** All that ask for the same. */
  readonly rows: readonly number[];
  readonly kind: 'release' | 'readers' | 'verify' | 'deliver' | 'select' | 'end';
  /** The object that it is about, for `readers` and `verify`. */
  readonly objectId: number | null;
  /** The watcher, synchronizer or hold that it is about, or the workflow, for the others. */
  readonly subject: string | null;
  readonly tries: number;
}

/** Claim the next errands, most urgent first, each with all that ask for the same. A claim lapses by itself. */
export function claimErrands(database: Database, batch: number): Promise<Errand[]> {
  return database.repeat<Errand>(
    'claim_errands',
    `with due as (
       select kind, object_id, subject from outbox
        where kind <> 'object' and due <= now() and (claimed_until is null or claimed_until < now())
        order by priority, id limit $1 for update skip locked
     ), alike as (
       -- A poll that is due later is done with when it is done now. Skipping what another relay has claimed part of:
       -- else each would wait for the other.
       select b.id from outbox b
        where b.kind <> 'object' and (b.claimed_until is null or b.claimed_until < now())
          and (b.due <= now() or b.kind = 'select')
          and exists (select 1 from due d where d.kind = b.kind and d.object_id is not distinct from b.object_id
                                            and d.subject is not distinct from b.subject)
          for update skip locked
     ), claimed as (
       update outbox b set claimed_until = now() + interval '30 seconds' from alike where b.id = alike.id
       returning b.id, b.kind, b.object_id, b.subject, b.tries
     )
     select array_agg(id) as rows, kind, object_id as "objectId", subject, max(tries) as tries
       from claimed group by kind, object_id, subject order by min(id)`,
    [batch],
  );
}
