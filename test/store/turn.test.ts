import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../store/database.ts';
import { failDelivery, finishDelivery, nextDelivery, type Delivery } from '../../store/deliveries.ts';
import { claimErrands, forgetRows } from '../../store/outbox.ts';
import { overdueVisits, visitsFound } from '../../store/sweep-visits.ts';
import { endTurn, keepTurn, takeTurn, type Turn } from '../../store/turn.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let store: TestStore;

beforeAll(async () => {
  store = await createTestStore([model('Thing')], { withoutStep: ['Thing'] });
  await store.register({
    synchronizer: 'test',
    models: [{ definition: model('Thing'), hasStep: false, hasPolicy: false }],
    watchers: [{ name: 'w', synchronizes: ['Thing'], watched: [{ model: 'Thing', via: 'x' }] }],
    pollers: [{ name: 'p', models: ['Thing'], everyMs: 60_000 }],
  });
});
afterAll(() => store.drop());
beforeEach(() =>
  store.database.query('delete from outbox; delete from deliveries; update watchers set lease_until = null'),
);

const take = async (leaseMs = 60_000): Promise<Turn> => {
  const turn = await takeTurn(store.database, 'watchers', 'w', leaseMs);
  if (typeof turn === 'string') throw new Error(turn);
  return turn;
};
const deliver = async (): Promise<Delivery> => {
  const next = await nextDelivery(store.database, 'w');
  if (next === null || typeof next === 'number') throw new Error('nothing is due');
  return next;
};
const create = () => store.write({ name: 'a test' }, (tx) => tx.create('Thing', { name: 'a' }));

test('one at a time has the turn, until it ends or lapses', async () => {
  const { database } = store;
  const first = await take();
  expect(await takeTurn(database, 'watchers', 'w', 1_000)).toBe('taken');
  await endTurn(database, first);
  const second = await take(0);
  const third = await take();
  expect(await keepTurn(database, second, 1_000)).toBe(false);
  expect(await keepTurn(database, third, 1_000)).toBe(true);
  // The end of a turn that has passed to another ends nothing.
  await endTurn(database, second);
  expect(await takeTurn(database, 'watchers', 'w', 1_000)).toBe('taken');
  expect(await takeTurn(database, 'watchers', 'nobody', 1_000)).toBe('gone');
});

test('who has lost the turn neither answers nor fails an event', async () => {
  const { database } = store;
  await create();
  const lost = await take(0);
  const event = await deliver();
  const held = await take();
  await finishDelivery(database, lost, event);
  expect(await failDelivery(database, lost, event, { text: 'no', delayMs: 60_000 })).toBe(false);
  expect(await deliver()).toEqual(event);
  await finishDelivery(database, held, event);
  expect(await nextDelivery(database, 'w')).toBeNull();
});

test('an event that failed waits, and the later ones of its object with it', async () => {
  const { database } = store;
  const turn = await take();
  const one = await create();
  const other = await create();
  await store.write({ name: 'a test' }, (tx) => tx.update(one, { name: 'b' }));
  await failDelivery(database, turn, await deliver(), { text: 'no', delayMs: 60_000 });
  const next = await deliver();
  expect(next.object).toEqual(other);
  await finishDelivery(database, turn, next);
  const waitMs = await nextDelivery(database, 'w');
  expect(waitMs).toBeGreaterThan(50_000);
});

test('all rows that ask for one errand are one errand', async () => {
  const { database } = store;
  for (let count = 0; count < 5; count += 1) await create();
  const [errands, none] = await Promise.all([claimErrands(database, 3), claimErrands(database, 3)]);
  const rows = [...errands, ...none].flatMap((errand) => errand.rows);
  expect(rows).toHaveLength(5);
  expect(errands.length + none.length).toBeLessThanOrEqual(2);
  await forgetRows(database, rows);
  expect(await database.query('select 1 from outbox')).toEqual([]);
});

test('what comes due in the very moment of the look is not taken for nothing left', async () => {
  const { database } = store;
  await create();
  const turn = await take();
  await failDelivery(database, turn, await deliver(), { text: 'no', delayMs: 300 });
  // It comes due between the two statements of the look: nothing but chance would make it so.
  const late: Database = {
    ...database,
    async query<Row extends object>(text: string, values?: readonly unknown[]) {
      const rows = await database.query<Row>(text, values);
      await waitFor('it to come due', async () => (await isDue()) || undefined);
      return rows;
    },
  };
  expect(await nextDelivery(late, 'w')).toBe(0);
  expect((await deliver()).tries).toBe(1);
});

async function isDue(): Promise<boolean> {
  const rows = await store.database.query('select 1 from deliveries where due <= clock_timestamp()');
  return rows.length > 0;
}

test('the sweep finds what nobody delivers and whom nobody asks, once', async () => {
  const { database } = store;
  await create();
  expect(await overdueVisits(database, 10)).toEqual([]);
  await database.query("delete from outbox; update deliveries set due = now() - interval '2 minutes'");
  await database.query("update pollers set due = now() - interval '3 minutes'");
  const found = await overdueVisits(database, 10);
  expect(found.map(({ at, name }) => [at, name])).toEqual([
    ['pollers', 'p'],
    ['watchers', 'w'],
  ]);
  await visitsFound(database, found);
  expect(await overdueVisits(database, 10)).toEqual([]);
  await database.query('delete from outbox; update pollers set due = now()');
  await take();
  expect(await overdueVisits(database, 10)).toEqual([]);
  await database.query('update watchers set lease_until = null; update deliveries set parked = true');
  expect(await overdueVisits(database, 10)).toEqual([]);
});

test('a watcher that is registered no longer leaves nothing behind but a word of it', async () => {
  const { database } = store;
  await create();
  await store.register({
    synchronizer: 'test',
    models: [{ definition: model('Thing'), hasStep: false, hasPolicy: false }],
  });
  expect(await database.query('select 1 from deliveries')).toEqual([]);
  await create();
  expect(await database.query('select 1 from deliveries')).toEqual([]);
  expect(await database.query("select detail from events where kind = 'watcher removed'")).toEqual([
    { detail: { watcher: 'w', undelivered: 1 } },
  ]);
});
