import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startForgettingEvents } from '../../server/forget-events.ts';
import { forgetEvents } from '../../store/events.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Thing')]);
});
afterAll(() => store.drop());

const happened = (days: number, count: number): Promise<unknown> =>
  store.database.query(
    `insert into events (kind, at) select 'a test', now() - $1 * interval '1 day' from generate_series(1, $2)`,
    [days, count],
  );
const left = async (): Promise<number> => (await store.database.query('select 1 from events')).length;

test('events are forgotten when they are older than they are kept, some at a time', async () => {
  await store.database.query('delete from events');
  await happened(91, 3);
  await happened(89, 2);
  expect(await forgetEvents(store.database, 90, 2)).toBe(2);
  expect(await left()).toBe(3);
  const forgetting = startForgettingEvents({ store, log: pino({ level: 'silent' }) }, 90);
  await waitFor('the last old one to be forgotten', async () => ((await left()) === 2 ? true : undefined));
  await forgetting.stop();
  expect(await forgetEvents(store.database, 90, 100)).toBe(0);
});
