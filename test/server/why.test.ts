import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiWhy } from '../../client/operate-wire.ts';
import { announceWorker } from '../../store/workers.ts';
import { attemptsOn, type Attempts } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
let attempts: Attempts;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  attempts = attemptsOn(garden.store);
  await announceWorker(garden.store.database, { name: 'w1', synchronizer: 'garden' });
});
afterAll(() => garden.close());

const ME = { name: 'a test' };
const create = (model: string, fields: Record<string, unknown>) =>
  garden.store.write(ME, (tx) => tx.create(model, fields));
const ask = (path: string) => garden.ask('GET', `/xosapi/v1/accord/objects/${path}/why`);
const why = async (path: string) => (await ask(path)).body as unknown as ApiWhy;

describe('GET …/accord/objects/<Model>/<id>/why', () => {
  test('leads from an object to its root cause, with the text, the attempts and what one can do', async () => {
    const bed = await create('Bed', { name: 'red' });
    const rose = await create('Rose', { name: 'why-1', bed });
    const other = await create('Rose', { name: 'why-2', bed });
    await attempts.look(rose);
    await attempts.look(other);
    await attempts.fail(bed, 'HTTP 503');
    await attempts.fail(bed, 'HTTP 503');

    const answer = await why(`Plant/${rose.id}`);
    expect(answer.chain).toMatchObject([
      { object: `Rose/${rose.id}`, name: 'why-1', state: 'Waiting', backend_code: 2, attempts: 0 },
      {
        object: `Bed/${bed.id}`,
        name: 'red',
        state: 'Error',
        backend_status: 'HTTP 503',
        attempts: 2,
        failures: 2,
        trouble: { times: 2, texts: 1 },
      },
    ]);
    const [, cause] = answer.chain;
    expect(Date.parse(cause?.next_attempt_at ?? '')).toBeGreaterThan(Date.now());
    expect(cause?.since).toBe(cause?.trouble.first_seen);
    expect(answer.others).toEqual({ count: 1, first: [{ object: `Rose/${other.id}`, name: 'why-2' }] });
    expect(answer.advice).toEqual([
      { text: 'To try now', command: `accord sync Bed/${bed.id}` },
      { text: 'To read all', command: `accord logs Bed/${bed.id}` },
    ]);
  });

  test('counts only what went wrong since it last went well', async () => {
    const bed = await create('Bed', { name: 'moody' });
    await attempts.fail(bed, 'first');
    await attempts.sync(bed);
    await garden.store.resync(bed, ME);
    await attempts.fail(bed, 'second');
    await attempts.fail(bed, 'third');
    expect((await why(`Bed/${bed.id}`)).chain).toMatchObject([
      { attempts: 2, generation: 2, trouble: { times: 2, texts: 2 } },
    ]);
  });

  test('says of what is done that it is', async () => {
    const bed = await create('Bed', { name: 'done' });
    await attempts.sync(bed);
    expect(await why(`Bed/${bed.id}`)).toMatchObject({
      chain: [{ state: 'Synced', backend_status: 'OK' }],
      others: { count: 0 },
      advice: [],
    });
  });

  test('names the command that ends a pause, whatever is paused', async () => {
    const bed = await create('Bed', { name: 'paused' });
    const command = async () => (await why(`Bed/${bed.id}`)).advice.map((one) => one.command);
    for (const [scope, name, expected] of [
      ['object', String(bed.id), `accord resume Bed/${bed.id}`],
      ['model', 'Bed', 'accord resume Bed'],
      ['synchronizer', 'garden', 'accord resume --synchronizer garden'],
    ] as const) {
      await garden.store.pause(ME, { scope, name }, { reason: 'x' });
      expect(await command()).toEqual([expected]);
      await garden.store.resume(ME, { scope, name });
    }
  });

  test('says how many have their turn before it, as long as relays have not told Temporal of it', async () => {
    const { database } = garden.store;
    await database.query('delete from outbox');
    await create('Bed', { name: 'first' });
    const bulk = await garden.store.write({ ...ME, isBulk: true }, (tx) =>
      tx.create('Bed', { name: 'in bulk' }),
    );
    const last = await create('Bed', { name: 'last' });
    const advice = async (id: number) => (await why(`Bed/${id}`)).advice.map(({ text }) => text);
    expect(await advice(last.id)).toEqual(['Its turn comes after 1 object of synchronizer garden']);
    expect(await advice(bulk.id)).toEqual(['Its turn comes after 2 objects of synchronizer garden']);
    await database.query("update outbox set claimed_until = now() + interval '1 minute'");
    expect(await advice(bulk.id)).toEqual([]);
    await database.query('delete from outbox');
  });

  test('says when no worker is there to do it', async () => {
    await garden.store.database.query('delete from workers');
    const bed = await create('Bed', { name: 'alone' });
    expect((await why(`Bed/${bed.id}`)).advice).toEqual([
      { text: 'No worker of synchronizer garden is alive: start one', command: 'accord worker DIR' },
    ]);
    await announceWorker(garden.store.database, { name: 'w1', synchronizer: 'garden' });
  });

  test('says how to go on with a deletion that no_sync holds', async () => {
    const bed = await create('Bed', { name: 'held' });
    await attempts.sync(bed);
    await garden.store.write(ME, (tx) => tx.update(bed, { no_sync: true }));
    await garden.store.write(ME, (tx) => tx.remove(bed));
    expect((await why(`Bed/${bed.id}`)).advice.map(({ command }) => command)).toEqual([
      `accord update Bed/${bed.id} no_sync=false`,
      `accord delete Bed/${bed.id} --orphan`,
    ]);
  });

  test('tells the ends of a very long chain, and how many stand between', async () => {
    const count = 1000;
    const ids = Array.from({ length: count }, (_, at) => 1_000_000 + at);
    const { database } = garden.store;
    await database.query(
      `insert into objects (id, model, declarative) select id, 'Bed', '{"name": "link"}' from unnest($1::bigint[]) i (id)`,
      [ids],
    );
    await database.query(
      `insert into waits (waiter, waited, kind) select id, id + 1, 'creation' from unnest($1::bigint[]) i (id)`,
      [ids.slice(0, -1)],
    );
    const last = 1_000_000 + count - 1;
    await attempts.fail({ model: 'Bed', id: last }, 'the end of it all');
    const { chain, omitted, others } = await why('Bed/1000000');
    expect([chain.length, omitted]).toEqual([20, count - 20]);
    expect([chain[0]?.object, chain.at(-1)?.object]).toEqual(['Bed/1000000', `Bed/${last}`]);
    expect(others).toEqual({ count: 0, first: [] });
    expect((await why(`Bed/${last}`)).others.count).toBe(count - 1);
    await database.query('delete from objects where id = any ($1::bigint[])', [ids]);
  });

  test('refuses what there is not', async () => {
    expect((await ask('Bed/999999')).body.error.code).toBe('E_NOT_FOUND');
    expect((await ask('Bed/x')).body.error.code).toBe('E_NOT_FOUND');
    expect((await ask('Bd/1')).body.error.message).toContain('did you mean Bed?');
  });
});
