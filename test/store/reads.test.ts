import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resyncReaders, storeReads, verifyReads, type Reads } from '../../store/reads.ts';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ME = { name: 'a test' };
let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([
    model('Plant', { abstract: true }),
    model('Rose', {
      bases: ['Plant'],
      fields: [field('name'), field('color', { default: 'red' }), field('tags', { repeated: true })],
      links: [link('beside', 'Plant'), link('friends', 'Plant', { kind: 'manytomany' })],
    }),
    model('Pot', { fields: [field('name')] }),
  ]);
});
afterAll(() => store.drop());

const create = async (name: string, fields: Record<string, unknown>): Promise<number> =>
  (await store.write(ME, (tx) => tx.create(name, fields))).id;

/** An object that is clean, and whose step has read this. */
async function reader(reads: Partial<Reads>): Promise<number> {
  const id = await create('Pot', { name: 'reader' });
  await store.database.transaction(async (tx) => {
    await tx.query(
      "update objects set enacted = generation, outcome = 'synced', outcome_generation = generation where id = $1",
      [id],
    );
    await storeReads(tx, id, { fields: [], searches: [], ...reads });
  });
  return id;
}

async function isDue(id: number): Promise<boolean> {
  const [row] = await store.database.query<{ due: boolean }>(
    'select enacted < generation as due from objects where id = $1',
    [id],
  );
  return row?.due ?? false;
}

describe('what was read', () => {
  test('is compared with what an author would see, defaults filled in', async () => {
    const rose = await create('Rose', { name: 'a' });
    // As of a time before the model had any of them.
    await store.database.query(`update objects set declarative = '{"name": "a"}' where id = $1`, [rose]);
    const seen = { color: 'red', tags: [], beside: null, friends: [] };
    const fields = Object.entries(seen).map(([name, value]) => ({
      target: rose,
      model: 'Rose',
      field: name,
      value,
    }));
    const id = await reader({ fields });
    await verifyReads(store.database, id);
    await resyncReaders(store.database, rose);
    expect(await isDue(id)).toBe(false);
    await store.write(ME, (tx) => tx.update({ model: 'Rose', id: rose }, { tags: ['new'] }));
    await resyncReaders(store.database, rose);
    expect(await isDue(id)).toBe(true);
  });

  test.each([
    ['nothing', {}],
    ['a text', { name: 'wanted' }],
    ['a part of a list', { tags: ['wanted'] }],
    ['several values', { name: 'wanted', color: 'red' }],
  ])('by a search for %s through a base is found by what is new in it', async (_, predicate) => {
    const ids = (await store.find('Plant', predicate)).map(({ id }) => id);
    const id = await reader({ searches: [{ model: 'Plant', predicate, ids }] });
    await verifyReads(store.database, id);
    expect(await isDue(id)).toBe(false);
    const rose = await create('Rose', { name: 'wanted', tags: ['wanted', 'not'] });
    await resyncReaders(store.database, rose);
    expect(await isDue(id)).toBe(true);
  });

  test('by a search for a link is found by what links there, and by what ceases to', async () => {
    const target = await create('Rose', { name: 'target' });
    const predicate = { beside: { model: 'Rose', id: target } };
    const id = await reader({ searches: [{ model: 'Rose', predicate, ids: [] }] });
    const rose = await create('Rose', { name: 'b', beside: target });
    await resyncReaders(store.database, rose);
    expect(await isDue(id)).toBe(true);

    const other = await reader({ searches: [{ model: 'Rose', predicate, ids: [rose] }] });
    await store.write(ME, (tx) => tx.update({ model: 'Rose', id: rose }, { beside: null }));
    await resyncReaders(store.database, rose);
    expect(await isDue(other)).toBe(true);
  });

  test('makes its reader due once for each change', async () => {
    const rose = await create('Rose', { name: 'a' });
    const id = await reader({ fields: [{ target: rose, model: 'Rose', field: 'name', value: 'a' }] });
    await store.write(ME, (tx) => tx.update({ model: 'Rose', id: rose }, { name: 'b' }));
    for (let times = 0; times < 3; times += 1) await resyncReaders(store.database, rose);
    await verifyReads(store.database, id);
    expect(await store.get({ model: 'Pot', id })).toMatchObject({ generation: 2, version: 1 });
  });

  test('makes its reader due also while only a policy has something to do', async () => {
    const rose = await create('Rose', { name: 'a' });
    const id = await reader({ fields: [{ target: rose, model: 'Rose', field: 'name', value: 'a' }] });
    await store.database.query(
      'update objects set has_policy = true, policed = null, outcome = null, outcome_generation = null where id = $1',
      [id],
    );
    await store.write(ME, (tx) => tx.update({ model: 'Rose', id: rose }, { name: 'b' }));
    await resyncReaders(store.database, rose);
    expect(await isDue(id)).toBe(true);
  });

  test('reaches all readers of a hub', async () => {
    const rose = await create('Rose', { name: 'hub' });
    const fields = [{ target: rose, model: 'Rose', field: 'name', value: 'hub' }];
    const ids = [];
    for (let count = 0; count < 130; count += 1) ids.push(await reader({ fields }));
    await store.write(ME, (tx) => tx.update({ model: 'Rose', id: rose }, { name: 'new' }));
    await resyncReaders(store.database, rose);
    const due = await store.database.query(
      'select 1 from objects where id = any ($1) and enacted < generation',
      [ids],
    );
    expect(due).toHaveLength(130);
  });
});

test('changes of what nobody has ever read are not told', async () => {
  const pot = await create('Pot', { name: 'p' });
  const rose = await create('Rose', { name: 'r' });
  const told = await store.database.query<{ id: number }>(
    "select object_id as id from outbox where kind = 'readers' and object_id = any ($1)",
    [[pot, rose]],
  );
  expect(told).toEqual([{ id: rose }]);
});
