import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../store/errors.ts';
import { removeObject } from '../../../store/remove.ts';
import { createObject, updateObject } from '../../../store/write.ts';
import { openArena, play, race, writeSlowly, type Arena, type StatementEdit } from './arena.ts';
import { dangling } from './stranded.ts';

// Between the look at the target and the link that is written; between the mark and the look for dependents.
const PAUSE_AFTER = ['select id, model, deleted from objects', 'set deleted = true'];

const WITHOUT_KEY_SHARE: StatementEdit = { replace: 'order by id for key share', by: 'order by id' };
const WITHOUT_FOR_UPDATE: StatementEdit = { replace: 'for update', by: 'for no key update' };

type Result = 'dangling' | 'the link won' | 'the deletion won' | 'not refused in a sentence';

describe('a link that is written while its target is deleted', () => {
  test('either keeps its target alive, or is refused', async () => {
    const counts = await linksAndDeletions({ target: 'Thing' });
    expect(Object.keys(counts).sort()).toEqual(['the deletion won', 'the link won']);
  });

  test('would dangle, if its writer did not lock the target', async () => {
    const counts = await linksAndDeletions({ target: 'Thing', link: WITHOUT_KEY_SHARE, until: 'dangling' });
    expect(counts.dangling).toBeGreaterThan(0);
  });

  test('would dangle, if who deletes did not lock the target against links', async () => {
    const counts = await linksAndDeletions({
      target: 'Thing',
      remove: WITHOUT_FOR_UPDATE,
      until: 'dangling',
    });
    expect(counts.dangling).toBeGreaterThan(0);
  });
});

describe('a link that is written while its target is removed for good', () => {
  test('either keeps its target alive, or is refused in a sentence', async () => {
    const counts = await linksAndDeletions({ target: 'Note' });
    expect(Object.keys(counts).sort()).toEqual(['the deletion won', 'the link won']);
  });

  test('would fail with a bare error of Postgres, if its writer did not lock the target', async () => {
    const until = 'not refused in a sentence';
    const counts = await linksAndDeletions({ target: 'Note', link: WITHOUT_KEY_SHARE, until });
    expect(counts[until]).toBeGreaterThan(0);
  });
});

interface Plan {
  /** A Thing is marked first, and removed when its back end has confirmed it; a Note goes at once. */
  readonly target: 'Thing' | 'Note';
  readonly link?: StatementEdit;
  readonly remove?: StatementEdit;
  readonly until?: Result;
}

async function linksAndDeletions(plan: Plan): Promise<Partial<Record<Result, number>>> {
  const arena = await openArena([]);
  const counts = await play(() => linkAndDelete(arena, plan), plan.until);
  await arena.close();
  return counts;
}

async function linkAndDelete(arena: Arena, { target, link, remove }: Plan): Promise<Result> {
  const create = (model: string) => arena.store.write({ name: 'a test' }, (tx) => tx.create(model, {}));
  const [wanted, source] = [await create(target), await create('Thing')];
  const field = target === 'Thing' ? 'one' : 'note';

  const [linked, removed] = await race(
    () =>
      writeSlowly(arena, { pauseAfter: PAUSE_AFTER, edit: link }, async (writing) => {
        // A link comes with a change or with a new object.
        if (Math.random() < 0.5) await updateObject(writing, source, { [field]: wanted.id });
        else return (await createObject(writing, 'Thing', { [field]: wanted.id })).id;
        return source.id;
      }),
    () =>
      writeSlowly(arena, { pauseAfter: PAUSE_AFTER, edit: remove }, (writing) =>
        removeObject(writing, wanted),
      ),
  );

  for (const side of [linked, removed]) {
    if (side.status === 'rejected' && !(side.reason instanceof Refusal)) return 'not refused in a sentence';
  }
  const sources = linked.status === 'fulfilled' ? [linked.value] : [source.id];
  if ((await dangling(arena.database, sources)).length > 0) return 'dangling';
  expect([linked.status, removed.status].sort()).toEqual(['fulfilled', 'rejected']);
  return linked.status === 'fulfilled' ? 'the link won' : 'the deletion won';
}
