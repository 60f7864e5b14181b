import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { claimOutbox, forgetTold, nextDue, type Claim } from '../../store/outbox.ts';
import { model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore([model('Rock')]);
});
afterAll(() => store.drop());
beforeEach(() => store.database.query('delete from outbox'));

const create = (writer: { readonly isBulk?: boolean } = {}): Promise<Ref> =>
  store.write({ name: 'a test', ...writer }, (tx) => tx.create('Rock', { name: 'r' }));
const claim = (): Promise<Claim[]> => claimOutbox(store.database, 100);

describe('while much is on its way that has not begun', () => {
  const BULK = { isBulk: true };
  /** Claimed, and told to Temporal so long ago; no attempt of it has come. */
  const onTheWay = async (seconds: number, writer: { readonly isBulk?: boolean } = {}): Promise<void> => {
    for (let index = 0; index < MANY; index += 1) await create(writer);
    expect(await claim()).toHaveLength(MANY);
    await store.database.query(
      "update outbox set claimed_until = claimed_until - $1 * interval '1 second' where claimed_until is not null",
      [seconds],
    );
  };
  const MANY = 8;

  test('nothing is claimed that is no more urgent, until it begins', async () => {
    await onTheWay(1);
    const later = await create();
    expect(await claim()).toEqual([]);
    // Relays look again by and by, rather than all the time.
    expect(await nextDue(store.database)).toBeLessThanOrEqual(0);
    const rows = await store.database.query<{ id: number }>('select object_id as id from outbox');
    await forgetTold(store.database, rows[0]?.id ?? 0);
    expect(await claim()).toMatchObject([later]);
  });

  test('what hangs at the head of the queue hides none of it', async () => {
    await store.write({ name: 'a test' }, async (tx) => {
      for (let index = 0; index < 90; index += 1) await tx.create('Rock', { name: `r ${index}` });
    });
    expect(await claim()).toHaveLength(90);
    await store.database.query("update outbox set claimed_until = claimed_until - interval '10 seconds'");
    await onTheWay(1);
    await create();
    expect(await claim()).toEqual([]);
  });

  test('what is more urgent is claimed', async () => {
    await onTheWay(1, BULK);
    await create(BULK);
    const [urgent, dependent] = [await create(), await create()];
    await store.database.query('update outbox set priority = 3 where object_id = $1', [dependent.id]);
    expect(await claim()).toMatchObject([urgent, dependent]);
  });

  test('what stops an attempt is claimed, however much is as urgent', async () => {
    await onTheWay(1);
    const stopped = await create();
    await store.database.query("select tell($1, 'changed', 1::smallint)", [stopped.id]);
    expect(await claim()).toMatchObject([stopped]);
  });

  test.each([
    ['it was claimed only just now', 0],
    ['it takes so long that it waits for something of its own', 6],
  ])('all is claimed when %s', async (_, seconds) => {
    await onTheWay(seconds);
    const later = await create();
    expect(await claim()).toMatchObject([later]);
  });

  test('another synchronizer has its turn', async () => {
    await store.register({
      synchronizer: 'other',
      models: [{ definition: model('Sand'), hasStep: true, hasPolicy: false }],
    });
    await onTheWay(1);
    await create();
    const other = await store.write({ name: 'a test' }, (tx) => tx.create('Sand', { name: 's' }));
    expect(await claim()).toMatchObject([other]);
  });
});
