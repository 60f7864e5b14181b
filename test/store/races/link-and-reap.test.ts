import { describe, expect, test } from 'vitest';
import { recordDeleted, type Fence } from '../../../store/attempts.ts';
import type { Database } from '../../../store/database.ts';
import { Refusal } from '../../../store/errors.ts';
import { removeObject } from '../../../store/remove.ts';
import { updateObject } from '../../../store/write.ts';
import {
  openArena,
  PAUSE,
  play,
  race,
  valueOf,
  writeSlowly,
  type Edit,
  type StatementEdit,
} from './arena.ts';
import { stranded } from './stranded.ts';

describe('an object whose last link goes while it is removed', () => {
  /** Between the look for links and the commit. */
  const PAUSED: Edit = {
    function: 'reap',
    replace: '    return false;\n  end if;\n  insert',
    by: `    ${PAUSE} return false;\n  end if;\n  insert`,
  };
  const WITHOUT_KEY_SHARE: Edit = {
    function: 'confirm_deleted',
    replace: 'order by id for key share;',
    by: 'order by id;',
  };
  const WITHOUT_FOR_UPDATE: readonly Edit[] = [
    { function: 'record_deleted', replace: 'for update;', by: 'for no key update;' },
    { function: 'reap', replace: 'for update;', by: 'for no key update;' },
  ];

  test('is always removed in the end', async () => {
    expect((await lastLinks([PAUSED])).left).toBeUndefined();
  });

  test('would stay for ever, if who removes the link did not lock it', async () => {
    expect((await lastLinks([PAUSED, WITHOUT_KEY_SHARE], 'left')).left).toBeGreaterThan(0);
  });

  test('would stay for ever, if who reaps did not lock it against links', async () => {
    expect((await lastLinks([PAUSED, ...WITHOUT_FOR_UPDATE], 'left')).left).toBeGreaterThan(0);
  });

  async function lastLinks(edits: readonly Edit[], until?: 'left') {
    const arena = await openArena(edits);
    const { database } = arena;
    const counts = await play<'left' | 'gone or told'>(async () => {
      const [source, target] = [await deleting(database), await deleting(database)];
      await database.query("insert into links (src, field, dst) values ($1, 'one', $2)", [
        source.id,
        target.id,
      ]);
      const confirm = (fence: Fence) =>
        recordDeleted(database, fence, { loaded: { generation: 1 }, summary: null });
      const sides = await race(
        () => confirm(source),
        () => confirm(target),
      );
      expect(sides.map(valueOf)).toEqual(['done', 'done']);
      return (await stranded(database, [source.id, target.id])).length > 0 ? 'left' : 'gone or told';
    }, until);
    await arena.close();
    return counts;
  }

  /** An object whose deletion is being confirmed: marked, leased, and with something in the back end. */
  async function deleting(database: Database): Promise<Fence> {
    const [row] = await database.query<{ id: number }>(
      `insert into objects (model, deleted, backend_need_delete, fence, fence_attempt, lease_until)
       values ('Thing', true, true, 1, 1, now() + interval '1 minute') returning id`,
    );
    return { id: row?.id ?? 0, token: 1, attempt: 1 };
  }
});

describe('an object that lets go of what is deleted with all its dependents', () => {
  const WITHOUT_FOR_UPDATE: StatementEdit = { replace: 'for update', by: 'for no key update' };

  test('is either spared or deleted; its writer is not told one and given the other', async () => {
    const counts = await lettingsGo();
    expect(Object.keys(counts).sort()).toEqual(['deleted', 'spared']);
  });

  test('would be deleted although it had let go, if who deletes did not lock against that', async () => {
    expect((await lettingsGo(WITHOUT_FOR_UPDATE)).betrayed).toBeGreaterThan(0);
  });

  async function lettingsGo(edit?: StatementEdit) {
    const arena = await openArena([]);
    const me = { name: 'a test' };
    const counts = await play<'spared' | 'deleted' | 'betrayed'>(
      async () => {
        const target = await arena.store.write(me, (tx) => tx.create('Thing', {}));
        const source = await arena.store.write(me, (tx) => tx.create('Thing', { one: target }));
        const [letGo, removed] = await race(
          () =>
            writeSlowly(arena, { pauseAfter: ['delete from links'] }, (writing) =>
              updateObject(writing, source, { one: null }),
            ),
          () =>
            writeSlowly(arena, { pauseAfter: ['set deleted = true', 'for update'], edit }, (writing) =>
              removeObject(writing, target, { cascade: true }),
            ),
        );
        valueOf(removed);
        const isDeleted = (await arena.store.get(source))?.deleted === true;
        if (letGo.status === 'fulfilled') return isDeleted ? 'betrayed' : 'spared';
        expect(letGo.reason).toBeInstanceOf(Refusal);
        return 'deleted';
      },
      edit === undefined ? undefined : 'betrayed',
    );
    await arena.close();
    return counts;
  }
});
