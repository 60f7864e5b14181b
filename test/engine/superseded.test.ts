import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine([model('Steady', { fields }), model('Hasty', { fields })], {
    Steady: backend.step('Steady'),
    Hasty: backend.step('Hasty', { onNewGoal: 'cancel' }),
  });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

const untilBegun = (ref: Ref, times: number) =>
  waitFor(`${times} attempts`, () => (backend.attempts(ref) >= times ? true : undefined));

/** Wait until the running attempt has looked twice at what has become of its object. */
async function untilLooked({ id }: Ref): Promise<void> {
  const seen = new Set<string | undefined>();
  await waitFor('the lease to be renewed', async () => {
    const [row] = await engine.store.database.query<{ until: string }>(
      'select lease_until::text as until from objects where id = $1',
      [id],
    );
    seen.add(row?.until);
    return seen.size > 2 ? true : undefined;
  });
}

async function outcomesOf({ id }: Ref): Promise<string[]> {
  const rows = await engine.store.database.query<{ outcome: string }>(
    'select outcome from attempts where object_id = $1 order by number',
    [id],
  );
  return rows.map(({ outcome }) => outcome);
}

describe('a newer goal', () => {
  test('lets a running attempt finish, and is met by the next one', async () => {
    const release = backend.hang('one');
    const steady = await engine.create('Steady', { name: 'one' });
    await untilBegun(steady, 1);
    await engine.update(steady, { name: 'two' });
    await untilLooked(steady);
    expect(await engine.get(steady)).toMatchObject({ state: 'Syncing', enacted: null, generation: 2 });
    release();
    await engine.until(steady, ({ enacted }) => enacted === 2, 'to be at generation 2');
    expect(backend.log(steady)).toEqual(['sync one', 'sync two']);
    expect(await outcomesOf(steady)).toEqual(['synced', 'synced']);
  });

  test('ends a running attempt whose step asks for that, and counts no failure', async () => {
    backend.hang('one');
    const hasty = await engine.create('Hasty', { name: 'one' });
    await untilBegun(hasty, 1);
    await engine.update(hasty, { name: 'two' });
    expect(await engine.untilState(hasty, 'Synced')).toMatchObject({ enacted: 2, failures: 0 });
    expect(backend.log(hasty)).toEqual(['aborted one', 'sync two']);
    expect(await outcomesOf(hasty)).toEqual(['superseded', 'synced']);
  });

  test('does not end what is synchronized again without one', async () => {
    const release = backend.hang('one');
    const hasty = await engine.create('Hasty', { name: 'one' });
    await untilBegun(hasty, 1);
    // A new generation, but the same goal.
    await engine.store.resync(hasty, { name: 'a test' });
    await untilLooked(hasty);
    release();
    await engine.until(hasty, ({ enacted }) => enacted === 2, 'to be at generation 2');
    expect(backend.log(hasty)).toEqual(['sync one', 'sync one']);
  });

  test('lets an attempt finish after it has ended three in a row, so that a busy writer starves nobody', async () => {
    const goals = ['one', 'two', 'three', 'four'];
    const releases = goals.map((name) => backend.hang(name));
    const hasty = await engine.create('Hasty', { name: 'one' });
    for (const [at, name] of goals.entries()) {
      await untilBegun(hasty, at + 1);
      await engine.update(hasty, { name: goals[at + 1] ?? 'five' });
      if (name !== 'four') {
        await waitFor(
          `${name} to be aborted`,
          () => backend.log(hasty).includes(`aborted ${name}`) || undefined,
        );
      }
    }
    await untilLooked(hasty);
    releases.forEach((release) => release());
    await engine.until(hasty, ({ enacted }) => enacted === 5, 'to be at generation 5');
    expect(backend.log(hasty)).toEqual([
      'aborted one',
      'aborted two',
      'aborted three',
      'sync four',
      'sync five',
    ]);
    expect(await outcomesOf(hasty)).toEqual(['superseded', 'superseded', 'superseded', 'synced', 'synced']);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
