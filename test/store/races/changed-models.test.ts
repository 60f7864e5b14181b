import { describe, expect, test } from 'vitest';
import type { ModelDefinition } from '../../../model/definition.ts';
import { register } from '../../../store/register.ts';
import { RegistrationRefused } from '../../../store/registration.ts';
import { updateObject } from '../../../store/write.ts';
import { field, model } from '../../support/models.ts';
import {
  inManner,
  moment,
  openArena,
  play,
  race,
  valueOf,
  writeSlowly,
  type StatementEdit,
} from './arena.ts';

/** Write whatever the model has become since. */
const UNKEPT: StatementEdit = {
  replace: 'select 1 from models where name = $1 and revision = $2 for share',
  by: 'select 1 where $1::text is not null and $2::bigint is not null',
};

describe('a value that a model has just ceased to allow', () => {
  test('is either seen by the registration, or refused', async () => {
    const counts = await tightened();
    expect(Object.keys(counts).sort()).toEqual(['refused', 'seen']);
  });

  test('would slip in, if a write did not keep the model that it was checked against', async () => {
    expect((await tightened(UNKEPT)).slipped).toBeGreaterThan(0);
  });
});

const short = (name: string): ModelDefinition => model(name, { fields: [field('name', { maxLength: 3 })] });
const long = (name: string): ModelDefinition => model(name, { fields: [field('name')] });

/** One makes a name too long, while another registers that names are short. */
async function tightened(edit?: StatementEdit) {
  const names = Array.from({ length: 4 }, (_, index) => `Model${index}`);
  const arena = await openArena([], { models: names.map(long) });
  const { store, database } = arena;
  const idle = [...names];
  const enter = (definition: ModelDefinition) =>
    inManner(database, { pauseAfter: ['into models'] }, (slow) =>
      register(slow, {
        synchronizer: `of ${definition.name}`,
        models: [{ definition, hasStep: false, hasPolicy: true }],
      }),
    );
  // Each lane has a model of its own, in a synchronizer of its own.
  await store.register({
    synchronizer: 'test',
    models: names.map((name) => ({ definition: long(name), hasStep: false, hasPolicy: false })),
  });

  const counts = await play<'seen' | 'refused' | 'slipped'>(
    async () => {
      const name = idle.pop();
      if (name === undefined) throw new Error('more lanes than models');
      await enter(long(name));
      const ref = await store.write({ name: 'a test' }, (tx) => tx.create(name, { name: 'abc' }));
      const [written, entered] = await race(
        () =>
          writeSlowly(arena, { pauseAfter: ['for share', 'select 1 where $1'], edit }, async (writing) => {
            await moment();
            await updateObject(writing, ref, { name: 'abcdef' });
          }),
        () => enter(short(name)),
      );
      const isShort = entered.status === 'fulfilled';
      if (!isShort) expect(entered.reason).toBeInstanceOf(RegistrationRefused);
      const stored = (await store.get(ref))?.declarative['name'];
      await store.write({ name: 'a test' }, (tx) => tx.remove(ref));
      idle.push(name);
      if (isShort && stored === 'abcdef') return 'slipped';
      if (!isShort) valueOf(written);
      return isShort ? 'refused' : 'seen';
    },
    edit === undefined ? undefined : 'slipped',
  );
  await arena.close();
  return counts;
}
