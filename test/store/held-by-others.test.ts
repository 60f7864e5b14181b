import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { prepare, prepareEach } from '../../store/prepare.ts';
import { verifyReads } from '../../store/reads.ts';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const me = { name: 'a test' };

let store: TestStore;
beforeAll(async () => {
  const definition = model('Thing', { fields: [field('name')], links: [link('on', 'Thing')] });
  store = await createTestStore([definition]);
});
afterAll(() => store.drop());

const create = (name: string, on?: Ref): Promise<Ref> =>
  store.write(me, (tx) => tx.create('Thing', { name, ...(on && { on }) }));
/** While somebody else holds an object, as a large write does until all of it is done. */
const whileHeld = <T>({ id }: Ref, work: () => Promise<T>): Promise<T> =>
  store.database.transaction(async (tx) => {
    await tx.query('select 1 from objects where id = $1 for update', [id]);
    return work();
  });

test('applying what is so already waits for nobody, and holds nobody up', async () => {
  const thing = await create('same');
  const wishes = [{ model: 'Thing', id: thing.id, fields: { name: 'same' } }];
  const applied = await whileHeld(thing, () => store.write(me, (tx) => tx.apply(wishes)));
  expect(applied).toEqual([{ ref: thing, act: 'unchanged', changes: {} }]);
  // An attempt on it would renew its lease meanwhile.
  await store.write(me, async (tx) => {
    await tx.apply(wishes);
    await whileHeld(thing, () => Promise.resolve());
  });
});

test('a relay passes by what waits for an object that another holds, and its workflow waits', async () => {
  const below = await create('below');
  const above = await create('above', below);
  const other = await create('other');
  const prepared = await whileHeld(below, () => prepareEach(store.database, [above.id, other.id], 50));
  expect([...prepared.keys()]).toEqual([other.id]);
  let waiting: ReturnType<typeof prepare> | undefined;
  await whileHeld(below, async () => {
    waiting = prepare(store.database, above.id);
    await waitFor('it to wait for the lock', async () => {
      const locks = await store.database.query('select 1 from pg_locks where not granted');
      return locks.length > 0 ? true : undefined;
    });
  });
  expect(await waiting).toMatchObject({ decision: 'wait', waitsFor: [`Thing/${below.id}`] });
});

test('what has read something is looked at later when another holds it', async () => {
  const thing = await create('held');
  await expect(whileHeld(thing, () => verifyReads(store.database, thing.id))).rejects.toThrow('lock timeout');
});
