import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fence } from '../../store/attempts.ts';
import { freePlaces, keepPlaces, takePlace } from '../../store/places.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const ONE = { name: 'backend small', concurrency: 1 };

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Thing')]);
});
afterAll(() => store.drop());

test('an attempt that has lost its object takes no place from the next one on it', async () => {
  const { database } = store;
  const take = (fence: Fence): Promise<boolean> => takePlace(database, ONE, fence, 60_000);
  const lost: Fence = { id: 7, token: 1, attempt: 1 };
  const next: Fence = { id: 7, token: 1, attempt: 2 };
  expect(await take(lost)).toBe(true);
  expect(await take(next)).toBe(true);
  // Neither prolongs nor ends what is another's now.
  await keepPlaces(database, lost, -1);
  await freePlaces(database, lost);
  expect(await take({ id: 8, token: 2, attempt: 1 })).toBe(false);
  await freePlaces(database, next);
  expect(await take({ id: 8, token: 2, attempt: 1 })).toBe(true);
});
