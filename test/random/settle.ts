import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../model/definition.ts';
import { Refusal } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Ledger } from './ledger.ts';
import { ME, type People } from './people.ts';

/** All objects of a life that there are, whoever made them. */
export async function objectsOf(
  { database }: Store,
  life: string,
  people: Pick<People, 'refs'>,
): Promise<(Ref & Flags)[]> {
  return database.query<Ref & Flags>(
    `select model, id, deleted, no_sync, no_policy, write_protect from objects
      where id = any ($2::bigint[]) or declarative @> jsonb_build_object('life', $1::text) order by id`,
    [life, people.refs.map(({ id }) => id)],
  );
}

interface Flags {
  readonly deleted: boolean;
  readonly no_sync: boolean;
  readonly no_policy: boolean;
  readonly write_protect: boolean;
}

/** End every hold that only people can end. Some live objects stay unmanaged: those are to be shown as such. */
export async function letGo(store: Store, life: string, people: People): Promise<void> {
  while (await people.resume());
  for (const { deleted, no_sync, no_policy, write_protect, model, id } of await objectsOf(
    store,
    life,
    people,
  )) {
    const ref = { model, id };
    if (no_policy) await people.flag(ref, 'no_policy', false);
    if (write_protect) await people.flag(ref, 'write_protect', false);
    if (no_sync && deleted && ref.id % 2 === 0) await people.remove(ref, { orphan: true });
    // A service of its color would wait for an unmanaged host for ever; what a service was to use when it was managed
    // last, for its answer.
    else if (no_sync && (deleted || ['Host', 'Service'].includes(ref.model) || ref.id % 2 === 0))
      await people.flag(ref, 'no_sync', false);
  }
}

/** Delete all that there is. */
export async function takeDown(store: Store, life: string, people: People): Promise<void> {
  for (const { deleted, no_sync, write_protect, model, id } of await objectsOf(store, life, people)) {
    const ref = { model, id };
    if (no_sync) await people.flag(ref, 'no_sync', false);
    if (write_protect) await people.flag(ref, 'write_protect', false);
    if (!deleted) await people.remove(ref, { cascade: true });
  }
}

/**
 * Wait until nothing is left to be done, told or verified for these objects.
 *
 * @param stillMs false when nothing has moved for so long: how fast anything does is for the machine to say
 */
export async function settle(
  store: Store,
  life: string,
  people: People,
  ledger: Ledger,
  stillMs: number,
): Promise<boolean> {
  const begun = performance.now();
  let before = '';
  let movedAt = begun;
  for (let looks = 0; ; looks += 1) {
    const busy = await store.database.query<Busy>(BUSY, [life, people.refs.map(({ id }) => id)]);
    if (busy.length === 0) return true;
    const now = JSON.stringify(busy);
    if (now !== before) movedAt = performance.now();
    before = now;
    if (performance.now() > movedAt + stillMs || performance.now() > begun + LONGEST_MS) return false;
    if (looks % 10 === 0) await encourage(store, busy, ledger);
    // Not too often: many lives share two cores.
    await sleep(Math.min(40 + 10 * looks, 250));
  }
}

/** Whoever moves for so long, and never comes to rest, moves in circles. */
const LONGEST_MS = 300_000;

interface Busy extends Ref {
  readonly deleted: boolean;
  readonly needsPeople: boolean;
  /** Another, whenever something has happened to it. */
  readonly mark: string;
}

/** All for which something is to be done, told, or verified; and which of them have stalled, or were put off for an hour by chance. */
const BUSY = `
select o.model, o.id, o.deleted, concat_ws(' ', o.generation, o.policed, o.fence, o.outcome_at) as mark,
       coalesce(has_work(o) and o.outcome_generation = o.generation
         and (o.outcome = 'stalled'
              or (o.next_attempt_at > now() + interval '1 minute'
                  and (o.outcome = 'failed' or o.outcome_text like 'random%'))), false) as "needsPeople"
  from objects o
 where (o.id = any ($2::bigint[]) or o.declarative @> jsonb_build_object('life', $1::text))
   and (has_work(o) or o.lease_until is not null or exists (select 1 from outbox b where b.object_id = o.id)
        or exists (select 1 from deliveries d where d.object_id = o.id and not d.parked))
union all
-- Of what is gone, too, there may be something to tell.
select d.model, d.object_id, true, d.id::text, false from deliveries d where d.object_id = any ($2::bigint[]) and not d.parked
union all
select '', b.object_id, true, b.id::text, false from outbox b where b.object_id = any ($2::bigint[])`;

/** What has stalled, or was put off for an hour by chance, waits for a person: be one. */
async function encourage(store: Store, busy: readonly Busy[], ledger: Ledger): Promise<void> {
  for (const { model, id, deleted } of busy.filter(({ needsPeople }) => needsPeople)) {
    const ref = { model, id };
    // What a policy has made is for the policy to change.
    const isResynced = deleted || model === 'Part' || id % 2 === 0;
    const stored = isResynced ? null : await store.get(ref);
    try {
      if (stored === null) await store.resync(ref, ME);
      else {
        const n = Number(stored.declarative['n']) + 1;
        await store.write(ME, (tx) => tx.update(ref, { n }));
        ledger.wrote(id, n);
      }
    } catch (error) {
      // A policy may have deleted it meanwhile.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
