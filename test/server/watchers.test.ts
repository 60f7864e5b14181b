import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

const WATCHER = 'garden/watcher Bed, Rose';
const path = (name: string): string => `/xosapi/v1/accord/watchers/${encodeURIComponent(name)}/retry`;

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
  await garden.store.database.query(
    `insert into watchers (name, synchronizer, synchronizes, watched)
     values ($1, 'garden', '{Bed}', '[]'), ('garden/watcher Plant', 'garden', '{Plant}', '[]')`,
    [WATCHER],
  );
});
afterAll(() => garden.close());
beforeEach(async () => {
  await garden.store.database.query('delete from outbox');
  await garden.store.database.query('delete from deliveries');
  for (const [watcher, parked] of [
    [WATCHER, true],
    [WATCHER, true],
    [WATCHER, false],
    ['garden/watcher Plant', true],
  ])
    await garden.store.database.query(
      `insert into deliveries (watcher, object_id, model, event, changed, before, tries, error, parked)
       values ($1, 1, 'Bed', 'added', '{}', '{}', 5, 'HTTP 503', $2)`,
      [watcher, parked],
    );
});

describe('POST …/watchers/<name>/retry', () => {
  test('has what was given up of this watcher delivered again, once', async () => {
    const { status, body } = await garden.ask('POST', path(WATCHER));
    expect([status, body]).toEqual([200, { retried: 2 }]);
    const rows = await garden.store.database.query(
      'select watcher, parked, tries from deliveries where parked or tries = 0 order by id',
    );
    expect(rows).toEqual([
      { watcher: WATCHER, parked: false, tries: 0 },
      { watcher: WATCHER, parked: false, tries: 0 },
      { watcher: 'garden/watcher Plant', parked: true, tries: 5 },
    ]);
    const told = await garden.store.database.query('select kind, subject from outbox');
    expect(told).toEqual([{ kind: 'deliver', subject: WATCHER }]);
    expect((await garden.ask('POST', path(WATCHER))).body).toEqual({ retried: 0 });
  });

  test('is told among what happens', async () => {
    await garden.ask('POST', path(WATCHER));
    const { items } = (await garden.ask('GET', '/xosapi/v1/accord/events?limit=1')).body;
    expect(items).toMatchObject([
      { kind: 'delivered again', writer: 'api', object: null, detail: { watcher: WATCHER, count: 2 } },
    ]);
  });

  test.each(['garden/watcher None', 'a\u0000b'])('of one that there is not is refused: %j', async (name) => {
    const { status, body } = await garden.ask('POST', path(name));
    expect([status, body.error.message]).toEqual([404, `there is no watcher ${name}`]);
  });
});
