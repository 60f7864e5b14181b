import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shares } from '../../activities/index.ts';
import { takeShare } from '../../activities/take-share.ts';
import { claimOutbox } from '../../store/outbox.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock')]);
});
afterAll(() => store.drop());

test('an attempt whose step has no place left is put off, and holds up nothing else by having been told', async () => {
  const { id } = await store.write({ name: 'a test' }, (tx) => tx.create('Rock', { name: 'r' }));
  const other = await store.write({ name: 'a test' }, (tx) => tx.create('Rock', { name: 's' }));
  expect(await claimOutbox(store.database, 100)).toHaveLength(2);
  const setup = { store, shares: new Shares(2) };
  const take = (attempt: number): Promise<() => void> =>
    takeShare(setup, { id, token: 1, attempt }, undefined, 'step');
  const rows = (): Promise<{ id: number }[]> =>
    store.database.query('select object_id as id from outbox order by id');

  const giveBack = await take(1);
  expect(await rows()).toHaveLength(2);
  await expect(take(1)).rejects.toMatchObject({ type: 'PutOff' });
  expect(await rows()).toEqual([{ id: other.id }]);
  giveBack();
  await take(2);
});
