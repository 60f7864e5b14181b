import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiNeighbour, ApiSummary, ApiSynchronizer } from '../../client/operate-wire.ts';
import type { Ref } from '../../model/definition.ts';
import { announceWorker } from '../../store/workers.ts';
import { attemptsOn, type Attempts } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
let attempts: Attempts;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  attempts = attemptsOn(garden.store);
});
afterAll(() => garden.close());

const ME = { name: 'a test' };
const create = (model: string, fields: Record<string, unknown>) =>
  garden.store.write(ME, (tx) => tx.create(model, fields));
const ask = async <T>(path: string): Promise<T> =>
  (await garden.ask('GET', `/xosapi/v1/accord/${path}`)).body as unknown as T;
const name = ({ model, id }: Ref) => `${model}/${id}`;

/** Every state that an object can be in here, and what it is shown as. */
async function fleet(): Promise<Record<string, Ref>> {
  const bed = (more = {}) => create('Bed', { name: 'b', ...more });
  const [synced, failed, unmanaged, paused, fresh, stalled, deferred, gone, running] = [
    await bed(),
    await bed({ name: 'red' }),
    await bed({ no_sync: true }),
    await bed(),
    await bed(),
    await bed(),
    await bed(),
    await bed(),
    await bed(),
  ];
  const blocked = await create('Rose', { name: 'blocked', bed: failed });
  const waiting = await create('Rose', { name: 'waiting', bed: fresh });
  for (const rose of [blocked, waiting]) await attempts.look(rose);
  await attempts.sync(synced);
  await attempts.sync(gone);
  await garden.store.write(ME, (tx) => tx.remove(gone));
  await attempts.fail(failed, 'HTTP 503');
  await attempts.fail(stalled, 'never', { status: 'stalled', delayMs: null });
  await attempts.fail(deferred, 'not yet', { status: 'deferred' });
  await attempts.begin(running);
  await garden.store.pause(ME, { scope: 'object', name: String(paused.id) }, { reason: '' });
  return { synced, failed, unmanaged, paused, fresh, stalled, deferred, gone, running, blocked, waiting };
}

describe('the summary', () => {
  test('counts each object once, in the state that it is shown in', async () => {
    const all = await fleet();
    const summary = await ask<ApiSummary>('summary');
    const shown: Record<string, number> = {};
    for (const ref of Object.values(all)) {
      const object = await garden.store.get(ref);
      const word =
        object?.state === 'Waiting' && object.backend_code === 2 ? 'Error (blocked)' : object?.state;
      shown[word ?? 'gone'] = (shown[word ?? 'gone'] ?? 0) + 1;
    }
    expect(summary.states).toEqual(shown);
    expect(Object.keys(shown)).toHaveLength(10);
    expect(summary.total).toBe(Object.keys(all).length);
    expect(summary.models.map(({ model, total }) => [model, total])).toEqual([
      ['Bed', 9],
      ['Rose', 2],
    ]);
    expect(summary.causes).toMatchObject({
      count: 2,
      first: [
        { object: name(all['failed'] as Ref), name: 'red', backend_status: 'HTTP 503', holds: 1 },
        { object: name(all['stalled'] as Ref), backend_status: 'never', holds: 0 },
      ],
    });
  });

  test('counts the members of a circle, and who waits for one, as in error', async () => {
    const [a, b, c] = [
      await create('Bed', { name: 'a' }),
      await create('Bed', { name: 'b' }),
      await create('Bed', { name: 'c' }),
    ];
    const before = (await ask<ApiSummary>('summary')).states;
    await garden.store.database.query(
      "insert into waits (waiter, waited, kind) values ($1, $2, 'creation'), ($2, $1, 'creation'), ($3, $1, 'creation')",
      [a.id, b.id, c.id],
    );
    const { states } = await ask<ApiSummary>('summary');
    expect(states['Error']).toBe((before['Error'] ?? 0) + 2);
    expect(states['Error (blocked)']).toBe((before['Error (blocked)'] ?? 0) + 1);
  });

  test('of a chain of thousands is counted at once', async () => {
    const { database } = garden.store;
    await database.query(
      "insert into objects (id, model, declarative) select i, 'Bed', '{}' from generate_series(2000000, 2002999) i",
    );
    await database.query(
      "insert into waits (waiter, waited, kind) select i, i + 1, 'creation' from generate_series(2000000, 2002998) i",
    );
    await attempts.fail({ model: 'Bed', id: 2_002_999 }, 'the end of it all');
    const { causes } = await ask<ApiSummary>('summary');
    expect(causes.first[0]).toMatchObject({ object: 'Bed/2002999', holds: 2999 });
    await database.query('delete from objects where id between 2000000 and 2002999');
  });
});

describe('the neighbours of an object', () => {
  test('are what it depends on, and who depends on it, with their states and in which way', async () => {
    const bed = await create('Bed', { name: 'middle' });
    const other = await create('Bed', { name: 'edge', borders: [bed] });
    const rose = await create('Rose', { name: 'near', bed });
    await attempts.look(rose);
    await garden.store.database.query(
      "insert into reads (reader, target, field, digest) values ($1, $2, 'area', '')",
      [rose.id, bed.id],
    );
    const { items: ahead } = await ask<{ items: ApiNeighbour[] }>(`objects/Plant/${rose.id}/dependencies`);
    expect(ahead).toMatchObject([{ object: name(bed), name: 'middle', state: 'Waiting', waits: true }]);
    expect(ahead[0]?.relations).toEqual([
      { kind: 'link', field: 'bed', via: null, counts: true },
      { kind: 'read', field: 'area', via: null, counts: false },
    ]);
    const { items: behind } = await ask<{ items: ApiNeighbour[] }>(`objects/Bed/${bed.id}/dependents`);
    expect(behind.map(({ object }) => object)).toEqual([name(other), name(rose)]);
    expect(behind[0]?.relations).toMatchObject([{ kind: 'link', field: 'borders' }]);
  });

  test('come page by page', async () => {
    const bed = await create('Bed', { name: 'hub' });
    for (let at = 0; at < 5; at += 1) await create('Rose', { name: `spoke-${at}`, bed });
    const seen: string[] = [];
    let path: string | undefined = `/xosapi/v1/accord/objects/Bed/${bed.id}/dependents?limit=2`;
    while (path !== undefined) {
      const { body } = await garden.ask('GET', path);
      seen.push(...body.items.map((item) => String(item['object'])));
      path = body.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
    const wrong = await garden.ask('GET', `/xosapi/v1/accord/objects/Bed/${bed.id}/dependents?limit=0&x=1`);
    expect(wrong.body.error.faults.map(({ field }) => field)).toEqual(['limit', 'x']);
  });
});

describe('the synchronizers', () => {
  test('are listed with their workers, their queue and what holds them', async () => {
    await announceWorker(garden.store.database, { name: 'w1', synchronizer: 'garden' });
    await garden.store.database.query(
      "insert into workers (name, synchronizer, seen) values ('dead', 'garden', now() - interval '1 hour')",
    );
    await garden.store.pause(ME, { scope: 'synchronizer', name: 'garden' }, { reason: 'a storm' });
    const { items } = await ask<{ items: ApiSynchronizer[] }>('synchronizers');
    expect(items).toMatchObject([
      {
        name: 'garden',
        disabled: false,
        workers: [{ name: 'w1' }],
        paused: { reason: 'a storm', by: 'a test' },
        running: 1,
        models: ['Bed', 'Plant', 'Rose'],
        watchers: [],
        pollers: [],
        parked: [],
      },
    ]);
    expect(items[0]?.queue.depth).toBeGreaterThan(5);
    expect(items[0]?.queue.oldest_ms).toBeGreaterThan(0);
  });
});
