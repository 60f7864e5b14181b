import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readModelDeps } from '../../plan/model-deps.ts';
import { prepare } from '../../store/prepare.ts';
import { link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore(
    [model('Base'), model('Node', { links: [link('base', 'Base')] }), model('Report')],
    // Depends on all of Base, on purpose.
    { modelDeps: readModelDeps({ Report: [['Base', '']] }).deps },
  );
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.database.query('delete from links');
  await store.database.query('delete from objects');
});

async function insert(of: string, count: number, more = ''): Promise<number[]> {
  const rows = await store.database.query<{ id: number }>(
    `insert into objects (model) select $1 from generate_series(1, $2) returning id`,
    [of, count],
  );
  const ids = rows.map(({ id }) => id).toSorted((a, b) => a - b);
  if (more !== '')
    await store.database.query(`update objects set ${more} where id = any ($1::bigint[])`, [ids]);
  return ids;
}
const waitsOf = (waiter: number) =>
  store.database.query<{ waited: number; kind: string; guessed: boolean }>(
    'select waited, kind, guessed from waits where waiter = $1 order by waited',
    [waiter],
  );
const clean = (ids: readonly number[]) =>
  store.database.query('update objects set enacted = generation where id = any ($1::bigint[])', [ids]);

describe('an object waits', () => {
  test('for ten of those that it can only guess at, the lowest ids first, and then for the next', async () => {
    const bases = await insert('Base', 25);
    const [report = 0] = await insert('Report', 1);
    for (const from of [0, 10, 20]) {
      expect((await prepare(store.database, report)).decision).toBe('wait');
      const ten = bases.slice(from, from + 10);
      expect(await waitsOf(report)).toEqual(
        ten.map((waited) => ({ waited, kind: 'creation', guessed: true })),
      );
      await clean(ten);
    }
    expect((await prepare(store.database, report)).decision).toBe('sync');
    expect(await waitsOf(report)).toEqual([]);
  });

  test('for all of those that it names', async () => {
    const bases = await insert('Base', 25);
    const [node = 0] = await insert('Node', 1);
    await store.database.query(
      "insert into links (src, field, dst) select $1, 'base', unnest($2::bigint[])",
      [node, bases],
    );
    expect((await prepare(store.database, node)).decision).toBe('wait');
    expect(await waitsOf(node)).toEqual(
      bases.map((waited) => ({ waited, kind: 'creation', guessed: false })),
    );
  });

  test('to be deleted, for ten of those that may still use it, the lowest ids first', async () => {
    const [base = 0] = await insert('Base', 1, 'deleted = true, backend_need_delete = true');
    const nodes = await insert('Node', 25);
    await store.database.query('insert into held (src, dst) select unnest($1::bigint[]), $2', [nodes, base]);
    expect((await prepare(store.database, base)).decision).toBe('wait');
    expect(await waitsOf(base)).toEqual(
      nodes.slice(0, 10).map((waited) => ({ waited, kind: 'deletion', guessed: false })),
    );
    await store.database.query('delete from held');
    expect((await prepare(store.database, base)).decision).toBe('delete');
  });

  test('to be deleted, for no deleted one that never attempted anything', async () => {
    const [base = 0] = await insert('Base', 1, 'deleted = true, backend_need_delete = true');
    const [live = 0, deleted = 0] = await insert('Node', 2);
    await store.database.query(
      "insert into links (src, field, dst) select unnest($1::bigint[]), 'base', $2",
      [[live, deleted], base],
    );
    await store.database.query('update objects set deleted = true where id = $1', [deleted]);
    expect((await prepare(store.database, base)).decision).toBe('wait');
    expect((await waitsOf(base)).map(({ waited }) => waited)).toEqual([live]);
  });
});

test('what is paused, or done, waits for nobody', async () => {
  const bases = await insert('Base', 1);
  const [node = 0] = await insert('Node', 1);
  await store.database.query("insert into links (src, field, dst) select $1, 'base', unnest($2::bigint[])", [
    node,
    bases,
  ]);
  await prepare(store.database, node);
  expect(await waitsOf(node)).toHaveLength(1);
  const target = { scope: 'object', name: String(node) } as const;
  await store.pause({ name: 'a test' }, target, { reason: '' });
  expect((await prepare(store.database, node)).decision).toBe('nothing');
  expect(await waitsOf(node)).toEqual([]);
  await store.resume({ name: 'a test' }, target);
  await prepare(store.database, node);
  expect(await waitsOf(node)).toHaveLength(1);
  await clean([node]);
  expect((await prepare(store.database, node)).decision).toBe('nothing');
  expect(await waitsOf(node)).toEqual([]);
});
