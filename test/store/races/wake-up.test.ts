import { describe, expect, test } from 'vitest';
import { recordSynced, type Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { prepare } from '../../../store/prepare.ts';
import { sweepCandidates } from '../../../store/sweep.ts';
import { begin } from '../../support/begin.ts';
import { openArena, PAUSE, play, race, valueOf, type Arena, type Edit } from './arena.ts';
import { stranded } from './stranded.ts';

const WAITERS = 4;

/** Between the last look at the dependencies and the wait that is written for them. */
const PAUSED: Edit = {
  function: 'prepare',
  replace: '  delete from waits w\n',
  by: `  ${PAUSE}\n  delete from waits w\n`,
};

const WITHOUT_SHARE_LOCK: Edit = {
  function: 'prepare',
  replace: 'order by id for share;',
  by: 'order by id;',
};

/** The tempting single statement: its delete looks with a snapshot that is older than the row lock. */
const IN_ONE_STATEMENT: readonly Edit[] = [
  {
    function: 'record_synced',
    replace: '  update objects\n     set enacted',
    by: '  with recorded as (update objects\n     set enacted',
  },
  {
    function: 'record_synced',
    replace: '  returning * into o;',
    by: `  returning *), ended as (
      delete from waits w using recorded r where w.waited = r.id and r.enacted >= r.generation returning w.waiter
    ), told as (insert into outbox (object_id, reason, cause) select waiter, 'dependency', object from ended)
    select * into o from recorded;`,
  },
  { function: 'record_synced', replace: '  perform release_waiters(object);\n', by: '' },
];

describe('a wake-up', () => {
  test('reaches everyone who waits for an object that is synchronized at that moment', async () => {
    const { asleep, woken } = await wakeUps([PAUSED], succeed);
    expect(asleep).toBeUndefined();
    expect(woken).toBeGreaterThan(0);
  });

  test('reaches everyone who waits for an object that becomes unmanaged at that moment', async () => {
    const { asleep, woken } = await wakeUps([PAUSED], becomeUnmanaged);
    expect(asleep).toBeUndefined();
    expect(woken).toBeGreaterThan(0);
  });

  test.each([
    ['is synchronized', succeed],
    ['becomes unmanaged', becomeUnmanaged],
  ])('is lost when prepare does not share-lock what it waits for, and that %s', async (_, end) => {
    expect((await wakeUps([PAUSED, WITHOUT_SHARE_LOCK], end, 'asleep')).asleep).toBeGreaterThan(0);
  });

  test('is lost when success and release are one statement', async () => {
    expect((await wakeUps([PAUSED, ...IN_ONE_STATEMENT], succeed, 'asleep')).asleep).toBeGreaterThan(0);
  });
});

/** Makes all ready for the end of the hold; what it returns ends it. Else a busy machine would never let the two meet. */
type Ending = (arena: Arena, hub: number) => Promise<() => Promise<unknown>>;
type Result = 'asleep' | 'woken' | 'never waited';

async function wakeUps(edits: readonly Edit[], end: Ending, until?: Result) {
  const arena = await openArena(edits);
  const { database } = arena;
  const lost: number[] = [];
  const counts = await play<Result>(async () => {
    const { hub, waiters } = await hubWithWaiters(database);
    const prepared = new Map<number, string>();
    const look = async (id: number) => prepared.set(id, (await prepare(database, id)).decision);
    const sides = await race(await end(arena, hub), ...waiters.map((id) => () => look(id)));
    sides.forEach((side) => valueOf<unknown>(side));
    const waiting = waiters.filter((id) => prepared.get(id) === 'wait');
    const asleep = await stranded(database, waiting);
    lost.push(...asleep);
    if (asleep.length > 0) return 'asleep';
    return waiting.length > 0 ? 'woken' : 'never waited';
  }, until);
  // The sweep, which is there for what nobody thought of, would find them all.
  expect(await foundBySweep(database)).toEqual(expect.arrayContaining(lost));
  await arena.close();
  return counts;
}

async function hubWithWaiters(database: Database): Promise<{ hub: number; waiters: number[] }> {
  const ids = await database.query<{ id: number }>(
    `insert into objects (model) select 'Thing' from generate_series(0, $1) returning id`,
    [WAITERS],
  );
  const [hub = 0, ...waiters] = ids.map(({ id }) => id);
  await database.query(`insert into links (src, field, dst) select unnest($1::bigint[]), 'one', $2`, [
    waiters,
    hub,
  ]);
  return { hub, waiters };
}

async function succeed({ database }: Arena, hub: number): Promise<() => Promise<void>> {
  const prepared = await prepare(database, hub);
  if (prepared.decision !== 'sync') throw new Error(`the hub is told to ${prepared.decision}`);
  const fence: Fence = { id: hub, token: prepared.token, attempt: 1 };
  const loaded = await begin(database, fence);
  return async () => {
    expect(await recordSynced(database, fence, { loaded, feedback: {}, summary: null })).toBe('done');
  };
}

const becomeUnmanaged: Ending =
  async ({ store }, id) =>
  () =>
    store.write({ name: 'a test' }, (tx) => tx.update({ model: 'Thing', id }, { no_sync: true }));

async function foundBySweep(database: Database): Promise<number[]> {
  return (await sweepCandidates(database, { limit: 10_000, quietMs: 0, after: 0 })).map(({ id }) => id);
}
