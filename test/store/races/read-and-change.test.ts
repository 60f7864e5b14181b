import { describe, expect, test } from 'vitest';
import { recordSynced, type Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { prepare } from '../../../store/prepare.ts';
import { resyncReaders, verifyReads, type Reads } from '../../../store/reads.ts';
import { begin } from '../../support/begin.ts';
import { moment, openArena, PAUSE, play, race, valueOf, type Edit } from './arena.ts';

/** Between what an outcome says and its commit. */
const PAUSED: Edit = {
  function: 'store_reads',
  replace: "  insert into outbox (kind, object_id, reason, priority) values ('verify'",
  by: `  ${PAUSE}\n  insert into outbox (kind, object_id, reason, priority) values ('verify'`,
};

const NOBODY_VERIFIES: Edit = {
  function: 'store_reads',
  replace: "insert into outbox (kind, object_id, reason, priority) values ('verify', object, 'errand', 4);",
  by: '',
};

/** The tempting shortcut: what is changed but not committed yet is not seen, and its errand may have come too early. */
const VERIFIED_BEFORE_THE_COMMIT: Edit = {
  function: 'store_reads',
  replace: "insert into outbox (kind, object_id, reason, priority) values ('verify', object, 'errand', 4);",
  // Long enough for the change to be committed and its errand run, on a busy machine too.
  by: 'perform verify_reads(object); perform pg_sleep(0.1);',
};

const ANNOUNCED_WITHOUT_LOCK: Edit = {
  function: 'announce_reading',
  replace: 'perform pg_advisory_xact_lock(1634, hashtext(its_model));',
  by: '',
};

describe('a change of what a step reads at that moment', () => {
  test('is seen by the step, or makes its object due again', async () => {
    const { stale, ...fine } = await changes([PAUSED], 'known');
    expect(stale).toBeUndefined();
    expect(fine['due again']).toBeGreaterThan(0);
  });

  test('is so, too, when nobody had ever read its model before', async () => {
    const { stale, ...fine } = await changes([PAUSED], 'new');
    expect(stale).toBeUndefined();
    expect(fine['due again']).toBeGreaterThan(0);
  });

  test('is so, too, when it is a search that finds more by it', async () => {
    const { stale, ...fine } = await changes([PAUSED], 'searched');
    expect(stale).toBeUndefined();
    expect(fine['due again']).toBeGreaterThan(0);
  });

  test.each(['known', 'searched'] as const)(
    'would be missed, if nobody verified what was read (%s)',
    async (how) => {
      expect((await changes([NOBODY_VERIFIES], how, 'stale')).stale).toBeGreaterThan(0);
    },
  );

  test('would be missed, if that were verified before the outcome is committed', async () => {
    expect((await changes([VERIFIED_BEFORE_THE_COMMIT], 'known', 'stale')).stale).toBeGreaterThan(0);
  });

  test('would be missed, if a first reader did not wait for the writers that saw none', async () => {
    expect((await changes([PAUSED, ANNOUNCED_WITHOUT_LOCK], 'new', 'stale')).stale).toBeGreaterThan(0);
  });
});

type Result = 'stale' | 'due again' | 'seen';

/** A field is read, of a model that has had readers before or of a new one each time; or something is searched for. */
type How = 'known' | 'new' | 'searched';

async function changes(edits: readonly Edit[], how: How, until?: Result) {
  const arena = await openArena(edits);
  const { database } = arena;
  await database.query("update models set is_read = true where name = 'Note'");
  let models = 0;
  const counts = await play<Result>(async () => {
    const model = how === 'new' ? await newModel(database, `Note${models++}`) : 'Note';
    const reader = await create(database, 'Thing');
    const target = await create(database, model);
    const { promise: looked, resolve: onLook } = Promise.withResolvers<void>();
    const sides = await race(
      () =>
        attempt(database, reader, async () => {
          const reads = await (how === 'searched' ? search : look)(database, target);
          onLook();
          return reads;
        }),
      () => change(database, target, looked),
    );
    sides.forEach((side) => valueOf<unknown>(side));
    const [row] = await database.query<{ is_clean: boolean; saw: boolean }>(
      `select enacted = generation as is_clean,
              exists (select 1 from reads where reader = $1 and digest = md5('"after"'))
                or exists (select 1 from searches where reader = $1 and ids <> '{}') as saw
         from objects where id = $1`,
      [reader],
    );
    if (row?.is_clean === false) return 'due again';
    return row?.saw === true ? 'seen' : 'stale';
  }, until);
  await arena.close();
  return counts;
}

async function newModel(database: Database, name: string): Promise<string> {
  await database.query(
    `insert into models (name, synchronizer, definition, has_step, has_policy, app, plural)
     select $1, synchronizer, definition, false, false, app, $1 from models where name = 'Note'`,
    [name],
  );
  return name;
}

async function create(database: Database, model: string): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    `insert into objects (model, declarative) values ($1, '{"name": "before"}') returning id`,
    [model],
  );
  return row?.id ?? 0;
}

async function attempt(database: Database, reader: number, read: () => Promise<Reads>): Promise<void> {
  const prepared = await prepare(database, reader);
  if (prepared.decision !== 'sync') throw new Error(`the reader is told to ${prepared.decision}`);
  const fence: Fence = { id: reader, token: prepared.token, attempt: 1 };
  const loaded = await begin(database, fence);
  const reads = await read();
  await moment();
  await recordSynced(database, fence, { loaded, feedback: {}, summary: null, reads });
  await errands(database, [reader]);
}

async function look(database: Database, target: number): Promise<Reads> {
  const [row] = await database.query<{ model: string; value: string }>(
    "select model, declarative ->> 'name' as value from objects where id = $1",
    [target],
  );
  const { model = '', value = '' } = row ?? {};
  return { fields: [{ target, model, field: 'name', value }], searches: [] };
}

/** Search for what the target is to become. */
async function search(database: Database, target: number): Promise<Reads> {
  const predicate = { name: 'after', number: target };
  const [row] = await database.query<{ ids: number[] }>("select found('Note', $1) as ids", [predicate]);
  return { fields: [], searches: [{ model: 'Note', predicate, ids: row?.ids ?? [] }] };
}

async function change(database: Database, target: number, looked: Promise<void>): Promise<void> {
  // Now and then before the attempt looks, however long that takes here; else right after.
  if (Math.random() < 0.25) await moment(20);
  else await looked;
  await database.transaction(async (tx) => {
    await tx.query(
      `update objects set declarative = jsonb_build_object('name', 'after', 'number', id) where id = $1`,
      [target],
    );
    await moment(10);
  });
  await errands(database, [target]);
}

/** What a relay does as soon as something was committed, and no later: a second look would hide what the first misses. */
async function errands(database: Database, ids: readonly number[]): Promise<void> {
  const rows = await database.query<{ kind: string; id: number }>(
    "delete from outbox where object_id = any ($1::bigint[]) and kind <> 'object' returning kind, object_id as id",
    [ids],
  );
  for (const { kind, id } of rows) {
    await (kind === 'readers' ? resyncReaders(database, id) : verifyReads(database, id));
  }
}
