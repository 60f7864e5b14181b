import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate } from '../../activities/evaluate.ts';
import type { ActivitySetup } from '../../activities/create-activities.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Thing')]);
});
afterAll(() => store.drop());

test('a worker whose step has no dependsOn, although one is registered, says so: else it would be asked without end', async () => {
  const thing = await store.write({ name: 'a test' }, (tx) => tx.create('Thing', { name: 'a' }));
  const older = { store, steps: new Map() } as unknown as ActivitySetup;
  await expect(evaluate(older, thing)).rejects.toThrow('this worker has no dependsOn for Thing');
});
