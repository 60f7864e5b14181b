import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate } from '../../activities/evaluate.ts';
import { claimOutbox } from '../../store/outbox.ts';
import type { ActivitySetup } from '../../activities/create-activities.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Thing')], { withDependsOn: ['Thing'] });
});
afterAll(() => store.drop());

test('a worker whose step has no dependsOn, although one is registered, says so: else it would be asked without end', async () => {
  const thing = await store.write({ name: 'a test' }, (tx) => tx.create('Thing', { name: 'a' }));
  const older = { store, steps: new Map() } as unknown as ActivitySetup;
  await expect(evaluate(older, thing)).rejects.toThrow('this worker has no dependsOn for Thing');
});

test('what relays have told is forgotten when the author is asked, and what they claim while he thinks is kept', async () => {
  const thing = await store.write({ name: 'a test' }, (tx) => tx.create('Thing', { name: 'a' }));
  const claimed = (): Promise<object[]> =>
    store.database.query('select 1 from outbox where object_id = $1 and claimed_until > now()', [thing.id]);
  await claimOutbox(store.database, 100);
  expect(await claimed()).toHaveLength(1);

  const dependsOn = async (): Promise<[]> => {
    expect(await claimed()).toEqual([]);
    // It is of the same goal; whoever has claimed it may die before he tells it.
    await store.database.query("select tell($1, 'changed', 2::smallint)", [thing.id]);
    await claimOutbox(store.database, 100);
    return [];
  };
  const steps = new Map([['Thing', { dependsOn }]]);
  await evaluate({ store, steps, settings: {} } as unknown as ActivitySetup, thing);
  expect(await store.database.query('select evaluated from objects where id = $1', [thing.id])).toEqual([
    { evaluated: 1 },
  ]);
  expect(await claimed()).toHaveLength(1);
});
