import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { prepare, prepareEach } from '../../store/prepare.ts';
import { verifyReads } from '../../store/reads.ts';
import { untilQueued, whileHeld } from '../support/held.ts';
import { field, link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const me = { name: 'a test' };

let store: TestStore;
beforeAll(async () => {
  const definition = model('Thing', { fields: [field('name')], links: [link('on', 'Thing')] });
  store = await createTestStore([definition]);
});
afterAll(() => store.drop());

const create = (name: string, on?: Ref): Promise<Ref> =>
  store.write(me, (tx) => tx.create('Thing', { name, ...(on && { on }) }));
const held = <T>(ref: Ref, work: () => Promise<T>): Promise<T> => whileHeld(store.database, ref, work);

test('applying what is so already waits for nobody, and holds nobody up', async () => {
  const thing = await create('same');
  const wishes = [{ model: 'Thing', id: thing.id, fields: { name: 'same' } }];
  const applied = await held(thing, () => store.write(me, (tx) => tx.apply(wishes)));
  expect(applied).toEqual([{ ref: thing, act: 'unchanged', changes: {} }]);
  // An attempt on it would renew its lease meanwhile.
  await store.write(me, async (tx) => {
    await tx.apply(wishes);
    await held(thing, () => Promise.resolve());
  });
});

test('a relay passes by what waits for an object that another holds, and its workflow waits', async () => {
  const below = await create('below');
  const above = await create('above', below);
  const other = await create('other');
  const prepared = await held(below, () => prepareEach(store.database, [above.id, other.id], 50));
  expect([...prepared.keys()]).toEqual([other.id]);
  let waiting: ReturnType<typeof prepare> | undefined;
  await held(below, async () => {
    waiting = prepare(store.database, above.id);
    await untilQueued(store.database, 1);
  });
  expect(await waiting).toMatchObject({ decision: 'wait', waitsFor: [`Thing/${below.id}`] });
});

test('what has read something is looked at later when another holds it', async () => {
  const thing = await create('held');
  await expect(held(thing, () => verifyReads(store.database, thing.id))).rejects.toThrow('lock timeout');
});
