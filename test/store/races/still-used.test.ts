import { expect, test, describe } from 'vitest';
import type { Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { prepare } from '../../../store/prepare.ts';
import { beginSlowly } from '../../support/begin.ts';
import { moment, openArena, play, race, valueOf, type Arena, type Edit } from './arena.ts';

/** What the attempt loads may then be what it did not say it would use when it began. */
const WITHOUT_LOOK_AT_HELD: Edit = {
  function: 'load_attempt',
  replace: "except select dst from held where src = o.id) then 'wait'",
  by: "where false) then 'wait'",
};

describe('an object that is re-pointed twice while its attempt begins', () => {
  test('keeps what the attempt uses from being deleted', async () => {
    const counts = await rePointings([]);
    expect(counts.torn).toBeUndefined();
  });

  test('would lose it, if the attempt went on with what it did not hold', async () => {
    expect((await rePointings([WITHOUT_LOOK_AT_HELD], 'torn')).torn).toBeGreaterThan(0);
  });
});

async function rePointings(edits: readonly Edit[], until?: 'torn') {
  const arena = await openArena(edits);
  const counts = await play<'torn' | 'kept' | 'not used'>(() => rePoint(arena), until);
  await arena.close();
  return counts;
}

async function rePoint({ store, database }: Arena): Promise<'torn' | 'kept' | 'not used'> {
  const me = { name: 'a test' };
  const [user, first, second] = await threeThings(database);
  const point = (to: number | null) =>
    store.write(me, (tx) => tx.update({ model: 'Thing', id: user }, { one: to }));
  await point(first);

  const fence: Fence = { id: user, token: 1, attempt: 1 };
  const [attempt, deletion] = await race(
    () => beginSlowly(database, fence, () => moment(40)),
    async () => {
      await point(second);
      await moment(20);
      await point(null);
      await store.write(me, (tx) => tx.remove({ model: 'Thing', id: second }));
      return prepare(database, second);
    },
  );
  const loaded = valueOf(attempt);
  const isUsed = loaded?.decision === 'sync' && loaded.used.includes(second);
  if (!isUsed) return 'not used';
  return valueOf(deletion).decision === 'delete' ? 'torn' : 'kept';
}

/** One that is dirty, and two that are clean and have something in the back end. */
async function threeThings(database: Database): Promise<[number, number, number]> {
  const rows = await database.query<{ id: number }>(
    `insert into objects (model, enacted, backend_need_delete)
     values ('Thing', null, false), ('Thing', 1, true), ('Thing', 1, true) returning id`,
  );
  const [user = 0, first = 0, second = 0] = rows.map(({ id }) => id);
  return [user, first, second];
}
