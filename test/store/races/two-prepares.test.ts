import { describe, expect, test } from 'vitest';
import { prepare } from '../../../store/prepare.ts';
import { openArena, PAUSE, play, race, valueOf, type Edit } from './arena.ts';
import { stranded } from './stranded.ts';

/** Between the last look at the dependencies and the waits that are written for them. */
const PAUSED: Edit = {
  function: 'prepare',
  replace: '  delete from waits w\n',
  by: `  ${PAUSE}\n  delete from waits w\n`,
};
const WITHOUT_TURNS: Edit = {
  function: 'prepare',
  replace: '  perform pg_advisory_xact_lock(object);\n',
  by: '',
};

describe('two prepares of one object', () => {
  test('leave it waiting for what it depends on now', async () => {
    expect((await twoPrepares([PAUSED])).asleep).toBeUndefined();
  });

  test('would leave it waiting for what it has let go, if they did not take turns', async () => {
    expect((await twoPrepares([PAUSED, WITHOUT_TURNS], 'asleep')).asleep).toBeGreaterThan(0);
  });
});

async function twoPrepares(edits: readonly Edit[], until?: 'asleep') {
  const arena = await openArena(edits);
  const { database } = arena;
  const counts = await play<'asleep' | 'waiting'>(async () => {
    const rows = await database.query<{ id: number }>(
      `insert into objects (model) select 'Thing' from generate_series(1, 3) returning id`,
    );
    const [object = 0, before = 0, after = 0] = rows.map(({ id }) => id);
    await database.query("insert into links (src, field, dst) values ($1, 'one', $2)", [object, before]);

    const look = async (): Promise<string> => (await prepare(database, object)).decision;
    const sides = await race(look, async () => {
      await database.query('update links set dst = $2 where src = $1', [object, after]);
      return look();
    });
    // Who is told to go on looks again; who is told to wait relies on the waits.
    if (sides.map(valueOf).includes('sync')) return 'waiting';
    return (await stranded(database, [object])).length > 0 ? 'asleep' : 'waiting';
  }, until);
  await arena.close();
  return counts;
}
