import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginOrGiveBack } from '../../activities/attempt.ts';
import type { ActivitySetup } from '../../activities/create-activities.ts';
import type { Database } from '../../store/database.ts';
import { prepare } from '../../store/prepare.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock')]);
});
afterAll(() => store.drop());

test('an attempt that has begun, of which its worker did not hear, keeps nobody from the object', async () => {
  const { database } = store;
  const { id } = await store.write({ name: 'a test' }, (tx) => tx.create('Rock', { name: 'r' }));
  const prepared = await prepare(database, id);
  const token = prepared.decision === 'sync' ? prepared.token : 0;
  const held = async (): Promise<object | undefined> =>
    (await database.query('select lease_until, backend_need_delete from objects where id = $1', [id]))[0];

  let heldMeanwhile: object | undefined;
  const repeat: Database['repeat'] = async (...statement) => {
    await database.repeat(...statement);
    heldMeanwhile = await held();
    throw new Error('the answer was lost');
  };
  const setup = {
    store: { database: { ...database, repeat } },
    settings: { leaseMs: 30_000 },
    worker: 'w',
  } as unknown as ActivitySetup;
  await expect(beginOrGiveBack(setup, { id, token, attempt: 1 }, 'sync')).rejects.toThrow('was lost');
  expect(heldMeanwhile).toEqual({ lease_until: expect.any(Date) as Date, backend_need_delete: true });
  expect(await held()).toEqual({ lease_until: null, backend_need_delete: false });
  expect(await database.query('select 1 from attempts where object_id = $1', [id])).toEqual([]);
});
