import { describe, expect, test } from 'vitest';
import { prepare } from '../../../store/prepare.ts';
import type { Database } from '../../../store/database.ts';
import { claimOutbox, forgetRows } from '../../../store/outbox.ts';
import { field, model } from '../../support/models.ts';
import { openArena, PAUSE, play, race, valueOf, type Edit, type Ground } from './arena.ts';

const fields = [field('name', { nullable: true, blank: true })];
/** Each depends on all of the next model, on purpose, and so in a circle. */
const GUESSING: Ground = {
  models: [model('Hen', { fields }), model('Egg', { fields }), model('Fox', { fields })],
  modelDeps: { Hen: [['Egg', '']], Egg: [['Fox', '']], Fox: [['Hen', '']] },
};

/** Between the guesses that are made and the commit of them. */
const PAUSED: Edit = {
  function: 'prepare',
  replace: '  delete from waits w\n',
  by: `  ${PAUSE}\n  delete from waits w\n`,
};
/** Look for a circle before the waits are committed: two who close one together do not see each other's. */
const BROKEN_WITHIN: Edit = {
  function: 'prepare',
  replace: "  if ids <> '{}' then\n    return query select 'wait'",
  by: "  if ids <> '{}' then\n    perform break_guesses(object);\n    return query select 'wait'",
};
const NOT_BROKEN_AFTER: Edit = {
  function: 'prepare_each',
  replace: 'perform break_guesses(object);',
  by: '',
};

describe('objects that guess each other', () => {
  test('do not wait for each other for ever', async () => {
    const { asleep, went } = await guessing([PAUSED]);
    expect(asleep).toBeUndefined();
    expect(went).toBeGreaterThan(0);
  });

  test('would, if they looked for that before their waits are committed', async () => {
    const { asleep } = await guessing([PAUSED, BROKEN_WITHIN, NOT_BROKEN_AFTER], 'asleep');
    expect(asleep).toBeGreaterThan(0);
  });
});

async function guessing(edits: readonly Edit[], until?: 'asleep') {
  const arena = await openArena(edits, GUESSING);
  // Each guesses at all of a model: so rounds are played one after the other.
  const counts = await play(() => round(arena.database), until, 1);
  await arena.close();
  return counts;
}

async function round(database: Database): Promise<'asleep' | 'went'> {
  const look = async (id: number): Promise<string> => (await prepare(database, id)).decision;
  const rows = await database.query<{ id: number }>(
    "insert into objects (model) values ('Hen'), ('Egg'), ('Fox') returning id",
  );
  const sides = await race(
    ...rows.map(
      ({ id }) =>
        () =>
          look(id),
    ),
  );
  const decisions = sides.map(valueOf);
  // Who is told looks again, as its workflow does, until nobody is.
  for (let claims = await claimOutbox(database, 100); claims.length > 0;) {
    for (const claim of claims) {
      if (!claim.isMoot) decisions.push(await look(claim.id));
      await forgetRows(database, claim.rows);
    }
    claims = await claimOutbox(database, 100);
  }
  await database.query('update objects set enacted = generation');
  return decisions.includes('sync') ? 'went' : 'asleep';
}
