import { describe, expect, test } from 'vitest';
import {
  abandonAttempt,
  beginAttempt,
  recordSynced,
  recordUnfinished,
  type Fence,
} from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { claimOutbox } from '../../../store/outbox.ts';
import { prepare } from '../../../store/prepare.ts';
import { begin } from '../../support/begin.ts';
import { waitFor } from '../../support/wait-for.ts';
import { openArena, PAUSE, play, race, valueOf, type Edit } from './arena.ts';

const LEASE = { leaseMs: 60_000, worker: 'a worker' };

describe('attempts that begin on one object at once', () => {
  /** Look whether the object is free, and take it in a later statement: without a lock, two may find it so. */
  const LOOK_THEN_TAKE: readonly Edit[] = [
    { function: 'begin_attempt', replace: ' for no key update', by: '' },
    {
      function: 'begin_attempt',
      replace: '  update objects\n     set fence = my_token',
      by: `  if exists (select 1 from objects where id = object and lease_until >= clock_timestamp()) then
        return query select 'leased', null::bigint, null::integer, null::integer, null::boolean;
        return;
      end if;
      ${PAUSE}
      update objects\n     set fence = my_token`,
    },
    {
      function: 'begin_attempt',
      replace: '\n     and (lease_until is null or lease_until < clock_timestamp())',
      by: '',
    },
  ];

  test('get one lease between them', async () => {
    expect((await beginnings([])).several).toBeUndefined();
  });

  test('would get several, if they looked first and took it in a later statement', async () => {
    expect((await beginnings(LOOK_THEN_TAKE, 'several')).several).toBeGreaterThan(0);
  });

  async function beginnings(edits: readonly Edit[], until?: 'several') {
    const arena = await openArena(edits);
    const counts = await play<'one' | 'several'>(async () => {
      const id = await dirtyObject(arena.database);
      const begin = (token: number, attempt: number) => async () =>
        (await beginAttempt(arena.database, { id, token, attempt }, LEASE)).answer;
      const sides = await race(begin(1, 1), begin(1, 2), begin(2, 1), begin(3, 1));
      const begun = sides.map(valueOf).filter((answer) => answer === 'begun' || answer === 'lost');
      expect(begun.length).toBeGreaterThan(0);
      return begun.length > 1 ? 'several' : 'one';
    }, until);
    await arena.close();
    return counts;
  }
});

test('an attempt with a token that nobody was handed begins nothing, and keeps no other from beginning', async () => {
  const arena = await openArena([]);
  const id = await dirtyObject(arena.database);
  const begin = async (token: number) =>
    (await beginAttempt(arena.database, { id, token, attempt: 1 }, LEASE)).answer;
  expect(await begin(1_001)).toBe('fenced');
  expect(await begin(1_000)).toBe('begun');
  await arena.close();
});

describe('an attempt that begins', () => {
  const rowsOf = (database: Database, id: number): Promise<{ reason: string }[]> =>
    database.query('select reason from outbox where object_id = $1 order by id', [id]);

  test('forgets what relays have told of its object, and nothing that they have yet to tell', async () => {
    const arena = await openArena([]);
    const { database } = arena;
    const [id, other] = [await dirtyObject(database), await dirtyObject(database)];
    const tell = (of: number, why: string): Promise<unknown> =>
      database.query('select tell($1, $2, 3::smallint)', [of, why]);
    await tell(id, 'sweep');
    await tell(other, 'sweep');
    expect(await claimOutbox(database, 100)).toHaveLength(2);
    await tell(id, 'changed');
    expect((await beginAttempt(database, { id, token: 1, attempt: 1 }, LEASE)).answer).toBe('begun');
    expect(await rowsOf(database, id)).toEqual([{ reason: 'changed' }]);
    expect(await rowsOf(database, other)).toEqual([{ reason: 'sweep' }]);
    await arena.close();
  });

  test('forgets nothing when it may not begin', async () => {
    const arena = await openArena([]);
    const { database } = arena;
    const id = await dirtyObject(database);
    await beginAttempt(database, { id, token: 2, attempt: 1 }, LEASE);
    await database.query("select tell($1, 'changed', 3::smallint)", [id]);
    await claimOutbox(database, 100);
    for (const token of [1, 3]) {
      const { answer } = await beginAttempt(database, { id, token, attempt: 1 }, LEASE);
      expect(['fenced', 'leased']).toContain(answer);
    }
    expect(await rowsOf(database, id)).toEqual([{ reason: 'changed' }]);
    await arena.close();
  });
});

describe('an attempt that loads its object', () => {
  const AT_THE_GATE: Edit = {
    function: 'load_attempt',
    replace: 'return query select case',
    by: 'perform pg_advisory_xact_lock(1); return query select case',
  };
  /** Whoever ends a hold meanwhile would not see that an attempt is there, nor what it uses. */
  const IN_ONE_TRANSACTION: Edit = { function: 'take_up', replace: 'commit;', by: '' };

  test('has been seen to hold it by then', async () => {
    expect(await heldWhileLoading([AT_THE_GATE])).toBe(true);
  });

  test('would not have been, without a commit between', async () => {
    expect(await heldWhileLoading([AT_THE_GATE, IN_ONE_TRANSACTION])).toBe(false);
  });

  async function heldWhileLoading(edits: readonly Edit[]): Promise<boolean | undefined> {
    const arena = await openArena(edits);
    const { database } = arena;
    const id = await dirtyObject(database);
    const [begun, isHeld] = await database.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(1)');
      const beginning = begin(database, { id, token: 1, attempt: 1 });
      await waitFor('the attempt to come to the gate', async () => {
        const waiting = await database.query(
          `select 1 from pg_locks where locktype = 'advisory' and not granted
                                   and database = (select oid from pg_database where datname = current_database())`,
        );
        return waiting.length > 0 ? true : undefined;
      });
      const [row] = await database.query<{ held: boolean }>(
        'select lease_until is not null as held from objects where id = $1',
        [id],
      );
      return [beginning, row?.held] as const;
    });
    expect((await begun).decision).toBe('sync');
    await arena.close();
    return isHeld;
  }
});

describe('an attempt that is given back before it did anything', () => {
  test('leaves nothing that would have to be deleted, and nothing that it is waited for to let go', async () => {
    const arena = await openArena([]);
    const { database } = arena;
    const [id, used] = [await dirtyObject(database), await dirtyObject(database)];
    await database.query("insert into edges (src, dst, kind, via) values ($1, $2, 'author', $2)", [id, used]);
    const fence: Fence = { id, token: 1, attempt: 1 };
    await beginAttempt(database, fence, LEASE);
    await database.query('update objects set deleted = true, backend_need_delete = true where id = $1', [
      used,
    ]);
    expect((await prepare(database, used)).decision).toBe('wait');
    await database.query('delete from outbox');
    await abandonAttempt(database, fence);
    const [row] = await database.query('select backend_need_delete, lease_until from objects where id = $1', [
      id,
    ]);
    expect(row).toEqual({ backend_need_delete: false, lease_until: null });
    expect(await database.query('select src from held')).toEqual([]);
    expect(await database.query('select object_id, reason from outbox')).toEqual([
      { object_id: used, reason: 'dependency' },
    ]);
    await arena.close();
  });

  test('keeps what an earlier one may have made', async () => {
    const arena = await openArena([]);
    const { database } = arena;
    const id = await dirtyObject(database);
    await beginAttempt(database, { id, token: 1, attempt: 1 }, { ...LEASE, leaseMs: -1 });
    await beginAttempt(database, { id, token: 2, attempt: 1 }, LEASE);
    await abandonAttempt(database, { id, token: 2, attempt: 1 });
    const [row] = await database.query('select backend_need_delete from objects where id = $1', [id]);
    expect(row).toEqual({ backend_need_delete: true });
    await arena.close();
  });
});

describe('an outcome that comes when the lease has passed to another attempt', () => {
  /** Look whether the fence is still one's own, and record in a later statement. */
  const LOOK_THEN_RECORD: readonly Edit[] = [
    {
      function: 'record_synced',
      replace: '  update objects\n     set enacted',
      by: `  if not exists (select 1 from objects where id = object and fence = my_token) then return 'stale'; end if;
      ${PAUSE}
      update objects\n     set enacted`,
    },
    {
      function: 'record_synced',
      replace: 'where id = object and fence = my_token and fence_attempt = my_attempt\n',
      by: 'where id = object\n',
    },
  ];

  test('changes nothing', async () => {
    const counts = await lateOutcomes([]);
    expect(Object.keys(counts).sort()).toEqual(['came in time', 'changed nothing']);
  });

  test('would overwrite the other, if it looked first and recorded in a later statement', async () => {
    expect((await lateOutcomes(LOOK_THEN_RECORD, 'overwrote')).overwrote).toBeGreaterThan(0);
  });

  async function lateOutcomes(edits: readonly Edit[], until?: 'overwrote') {
    const arena = await openArena(edits);
    const { database } = arena;
    const counts = await play<'came in time' | 'changed nothing' | 'overwrote'>(async () => {
      const id = await dirtyObject(database);
      const late: Fence = { id, token: 1, attempt: 1 };
      const next: Fence = { id, token: 2, attempt: 1 };
      const loaded = await begin(database, late, { leaseMs: -1, worker: 'a frozen worker' });

      const [answer, began] = await race(
        () => recordSynced(database, late, { loaded, feedback: { by: 'late' }, summary: null }),
        async () => {
          await beginAttempt(database, next, LEASE);
          const [before] = await database.query<Row>(ROW, [id]);
          await recordUnfinished(database, next, loaded, FAILED);
          return before;
        },
      );
      const [row] = await database.query<Row>(ROW, [id]);
      const before = valueOf(began);
      // What the next attempt found when it had begun is there at its end, and the last word is its own.
      const isIntact = row?.outcome === 'failed' && row.by === before?.by && row.enacted === before.enacted;
      if (!isIntact) return 'overwrote';
      const isLate = valueOf(answer) === 'stale';
      expect(row.by).toBe(isLate ? null : 'late');
      expect(row.enacted).toBe(isLate ? null : 1);
      return isLate ? 'changed nothing' : 'came in time';
    }, until);
    await arena.close();
    return counts;
  }
});

interface Row {
  readonly outcome: string | null;
  readonly enacted: number | null;
  readonly by: string | null;
}

const ROW = `select outcome, enacted, feedback ->> 'by' as by from objects where id = $1`;

const FAILED = { status: 'failed', code: null, text: 'no', shown: 'no', delayMs: 5_000 } as const;

async function dirtyObject(database: Database): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    "insert into objects (model) values ('Thing') returning id",
  );
  return row?.id ?? 0;
}
