import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { release } from '../../store/holds.ts';
import { sweepCandidates } from '../../store/sweep.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock')]);
});
afterAll(() => store.drop());

const me = { name: 'a test' };

/** A dirty object that has long been quiet, and of which no outbox row speaks. */
async function forgotten(): Promise<Ref> {
  const ref = await store.write(me, (tx) => tx.create('Rock', { name: 'r' }));
  await store.database.query('delete from outbox');
  await store.database.query("update objects set updated = now() - interval '1 hour' where id = $1", [
    ref.id,
  ]);
  return ref;
}

async function isCandidate({ id }: Ref): Promise<boolean> {
  const found = await sweepCandidates(store.database, { after: 0, limit: 1_000, quietMs: 1_000 });
  return found.some((ref) => ref.id === id);
}

test('the sweep finds an object that nothing will wake', async () => {
  expect(await isCandidate(await forgotten())).toBe(true);
});

test.each(['object', 'model', 'synchronizer'] as const)(
  'the sweep does not find what waits for the end of a pause of its %s to be told',
  async (scope) => {
    const ref = await forgotten();
    const name = { object: String(ref.id), model: 'Rock', synchronizer: 'test' }[scope];
    await store.pause(me, { scope, name }, { reason: 'a test' });
    expect(await isCandidate(ref)).toBe(false);

    await store.resume(me, { scope, name });
    expect(await isCandidate(ref), 'until the errand is run').toBe(false);

    await release(store.database, `${scope}:${name}`);
    await store.database.query("delete from outbox where kind = 'release'");
    expect(await isCandidate(ref), 'while it is in the outbox').toBe(false);

    await store.database.query('delete from outbox');
    expect(await isCandidate(ref), 'when all of that was lost').toBe(true);
  },
);

test('the sweep finds what waits for the errand of a pause that is still to end', async () => {
  const ref = await forgotten();
  const until = new Date(Date.now() + 3_600_000);
  const target = { scope: 'object', name: String(ref.id) } as const;
  await store.pause(me, target, { reason: 'a test', until });
  // Resumed earlier: the errand for that is lost, the one for the end that was planned is there.
  await store.resume(me, target);
  await store.database.query("delete from outbox where kind = 'release' and due <= now()");
  expect(await isCandidate(ref)).toBe(true);
});
