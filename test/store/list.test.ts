import { afterAll, beforeAll, expect, test } from 'vitest';
import { readList } from '../../store/list.ts';
import { field, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ME = { name: 'a test' };

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Item', { fields: [field('name', { maxLength: 50 })] })]);
});
afterAll(() => store.drop());

test('a list shows what met its conditions, whatever is committed between its two statements', async () => {
  const { database } = store;
  const item = await store.write(ME, (tx) => tx.create('Item', { name: 'before' }));
  const meddled = {
    ...database,
    snapshot: <T>(work: Parameters<typeof database.snapshot<T>>[0]): Promise<T> =>
      database.snapshot((tx) =>
        work({
          async query(text, values) {
            const rows = await tx.query(text, values);
            await store.write(ME, (other) => other.update(item, { name: 'after' }));
            return rows as never;
          },
        }),
      ),
  };
  const { objects } = await readList(meddled, await store.models(), 'Item', {
    conditions: [
      { place: { in: 'declarative', name: 'name', missing: null }, operator: '=', values: ['before'] },
    ],
    states: ['Waiting'],
    limit: 10,
  });
  expect(objects).toMatchObject([{ id: item.id, declarative: { name: 'before' } }]);
  expect(await store.get(item)).toMatchObject({ declarative: { name: 'after' } });
});
