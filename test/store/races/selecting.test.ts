import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { prepare } from '../../../store/prepare.ts';
import { release } from '../../../store/holds.ts';
import { claimErrands, claimOutbox } from '../../../store/outbox.ts';
import { askSteps } from '../../../store/selections.ts';
import { moment, openArena, race, valueOf, type Arena, type Edit } from './arena.ts';

/** The tempting variant: look for what was held in the transaction that lets go of it. */
const RELEASED_WITHIN: Edit = {
  function: 'register_pollers',
  replace: "perform tell_errand('release', 'model:' || model) from unnest(freed) model;",
  by: "perform tell(o.id, 'changed', 4::smallint) from objects o where o.model = any (freed) and has_work(o);",
};

test('what is written while a step ceases to choose is synchronized', async () => {
  expect((await rounds([])).asleep).toBeUndefined();
});

test('it would stay asleep, if the registration itself looked for it', async () => {
  expect((await rounds([RELEASED_WITHIN], 'asleep')).asleep).toBeGreaterThan(0);
});

type Result = 'asleep' | 'told';

async function rounds(edits: readonly Edit[], until?: Result): Promise<Partial<Record<Result, number>>> {
  const counts: Partial<Record<Result, number>> = {};
  // One choosing step at a time: so rounds are played one after the other.
  const arena = await openArena(edits);
  for (let played = 0; played < 60 && (until === undefined || counts[until] === undefined); played += 1) {
    const result = await round(arena);
    counts[result] = (counts[result] ?? 0) + 1;
  }
  await arena.close();
  return counts;
}

async function round(arena: Arena): Promise<Result> {
  const { database, store } = arena;
  await database.query('delete from outbox');
  await register(arena, [{ name: 'test/step Thing', models: ['Thing'], everyMs: 60_000 }]);
  const [registered, written] = await race(
    () => register(arena, []),
    async () => {
      await moment(20);
      const { id } = await store.write({ name: 'a test' }, (tx) => tx.create('Thing', {}));
      // As a relay does: what its step has yet to choose is not signalled.
      const held = await askSteps(database, await claimOutbox(database, 100));
      return { id, isHeld: held.some((claim) => claim.id === id) };
    },
  );
  valueOf<unknown>(registered);
  const { id, isHeld } = valueOf(written);
  for (const { kind, subject } of await claimErrands(database, 100)) {
    if (kind === 'release') await release(database, subject ?? '');
  }
  const told = await database.query('select 1 from outbox where object_id = $1', [id]);
  const isTold = told.length > 0 || !isHeld;
  if (isTold) expect((await prepare(database, id)).decision).toBe('sync');
  return isTold ? 'told' : 'asleep';
}

/** With a pause before the commit: short as a rule, and now and then long enough for all that the other does. */
async function register({ database }: Arena, pollers: readonly object[]): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query("select register_pollers('test', $1)", [JSON.stringify(pollers)]);
    await sleep(Math.random() * 30);
  });
}
