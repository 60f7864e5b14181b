import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../store/errors.ts';
import { createObject, updateObject } from '../../../store/write.ts';
import { openArena, play, race, writeSlowly, type StatementEdit } from './arena.ts';

/** Take for one's own whatever nobody else has: also what was given back after one had tried to take it. */
const SEEN_AS_OWN: StatementEdit = {
  replace: 'k.key = any ($2)',
  by: `k.key = any ($2) union all select w, currval('object_ids'), false from unnest($2::text[]) w
       where w not in (select key from keys where scope = $1)`,
};

describe('a unique value that one gives back while two others ask for it', () => {
  test('has one owner at most', async () => {
    expect(Object.keys(await givenBack()).sort()).toEqual(['refused', 'taken']);
  });

  test('would have two, if who was too early to take it did not try again', async () => {
    expect((await givenBack(SEEN_AS_OWN)).shared).toBeGreaterThan(0);
  });
});

async function givenBack(edit?: StatementEdit) {
  const arena = await openArena([]);
  const { store, database } = arena;
  const pauseAfter = ['from keys', 'into keys'];
  let names = 0;
  const counts = await play<'taken' | 'refused' | 'shared'>(
    async () => {
      const name = `name ${names++}`;
      const owner = await store.write({ name: 'a test' }, (tx) => tx.create('Note', { name }));
      const take = () =>
        writeSlowly(arena, { pauseAfter, edit }, (writing) => createObject(writing, 'Note', { name }));
      const sides = await race(
        () => writeSlowly(arena, { pauseAfter }, (writing) => updateObject(writing, owner, { name: null })),
        take,
        take,
      );
      for (const side of sides) if (side.status === 'rejected') expect(side.reason).toBeInstanceOf(Refusal);
      const owners = await database.query("select 1 from objects where declarative ->> 'name' = $1", [name]);
      if (owners.length > 1) return 'shared';
      return owners.length === 1 ? 'taken' : 'refused';
    },
    edit === undefined ? undefined : 'shared',
  );
  await arena.close();
  return counts;
}
