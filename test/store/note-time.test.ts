import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
let ref: Ref;
beforeAll(async () => {
  store = await createTestStore([model('Rock')], { withPolicy: ['Rock'] });
});
afterAll(() => store.drop());
beforeEach(async () => {
  ref = await store.write({ name: 'a test' }, (tx) => tx.create('Rock', { name: 'r' }));
  await store.database.query(
    "update objects set enacted = 1, policed = 1, updated = now() - interval '1 hour'",
  );
});

/** Whether the object was changed just now. */
async function isNoted(): Promise<boolean | undefined> {
  const [row] = await store.database.query<{ noted: boolean }>(
    "select updated > now() - interval '1 minute' as noted from objects where id = $1",
    [ref.id],
  );
  return row?.noted;
}
const run = (statement: string) => store.database.query(statement, [ref.id]);

test.each<[string, () => Promise<unknown>]>([
  ['a write', () => store.write({ name: 'a test' }, (tx) => tx.update(ref, { name: 'another' }))],
  ['a deletion', () => store.write({ name: 'a test' }, (tx) => tx.remove(ref))],
  ['a resync', () => store.resync(ref, { name: 'a test' })],
  ['a dependency that leads elsewhere', () => run('select redirect(array[$1::bigint])')],
  [
    'a policy that is no more',
    async () => {
      await run('update objects set policed = null where id = $1');
      await store.database.query('update models set has_policy = false');
      await store.database.query("select adopt_policy('Rock')");
      await store.database.query('update models set has_policy = true');
    },
  ],
  ['a repair', () => store.repair()],
])('%s that gives an object something to do notes when', async (_, act) => {
  await act();
  expect(await isNoted()).toBe(true);
});

test('bookkeeping does not count as a change', async () => {
  await run("update objects set lease_until = now(), outcome = 'failed' where id = $1");
  expect(await isNoted()).toBe(false);
});
