import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { prepare } from '../../store/prepare.ts';
import { storeDependencies } from '../../store/evaluation.ts';
import { field, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const me = { name: 'a test' };
const NOTHING = { fields: [], searches: [] };

let store: TestStore;
beforeAll(async () => {
  const fields = [field('name')];
  store = await createTestStore([model('Site', { fields }), model('Host', { fields })], {
    withDependsOn: ['Host'],
  });
});
afterAll(() => store.drop());

/** What its step says that a host depends on. */
async function say(host: Ref, dependencies: readonly Ref[]): Promise<void> {
  const generation = (await store.get(host))?.generation ?? 0;
  await storeDependencies(store.database, host.id, generation, dependencies, NOTHING);
}

test('what waits to be deleted is told when dependsOn of another names it no longer', async () => {
  const site = await store.write(me, (tx) => tx.create('Site', { name: 's' }));
  const host = await store.write(me, (tx) => tx.create('Host', { name: 'h' }));
  await store.database.query('update objects set backend_need_delete = true where id = $1', [site.id]);
  await say(host, [site]);
  await store.write(me, (tx) => tx.remove(site));
  expect(await prepare(store.database, site.id)).toMatchObject({ waitsFor: [`Host/${host.id}`] });
  await store.database.query('delete from outbox');

  await say(host, []);
  const told = await store.database.query<{ reason: string }>(
    'select reason from outbox where object_id = $1',
    [site.id],
  );
  expect(told).toEqual([{ reason: 'dependency' }]);
  expect(await prepare(store.database, site.id)).toMatchObject({ decision: 'delete' });
});
