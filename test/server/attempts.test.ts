import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiAttemptEvent } from '../../client/attempt-wire.ts';
import { createClient, type Client } from '../../client/http.ts';
import type { Ref } from '../../model/definition.ts';
import { appendAttemptEvents, keepBundle, keepOutput } from '../../store/attempt-events.ts';
import { recordSynced, type Fence } from '../../store/attempts.ts';
import { createToken } from '../../store/tokens.ts';
import { waitFor } from '../support/wait-for.ts';
import { attemptsOn, type Attempts } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
let client: Client;
let attempts: Attempts;
let rose: Ref;

beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = garden.server.server.address() as AddressInfo;
  client = createClient({ server: `http://127.0.0.1:${port}` });
  attempts = attemptsOn(garden.store);
  const bed = await client.create('Bed', { name: 'south' });
  rose = await newRose('rosa', bed.id);
});
afterAll(() => garden.close());

const newRose = async (name: string, bed_id: number): Promise<Ref> => {
  const { id } = await client.create('Rose', { name, bed_id });
  return { model: 'Rose', id };
};

const eventsAt = (fence: Fence, from: number, count: number): Promise<void> =>
  appendAttemptEvents(
    garden.store.database,
    fence,
    Array.from({ length: count }, (_, at) => ({
      number: from + at,
      at: new Date('2030-01-01T12:00:00Z'),
      event: { event: 'task', task: `task ${from + at}` },
    })),
  );

describe('the attempts on an object', () => {
  test('are listed latest first, with how they went and how long they took', async () => {
    await attempts.fail(rose, 'playbook rose.yaml failed', {
      code: 'E_PLAYBOOK_FAILED',
      summary: 'web : ok=1 changed=0 unreachable=0 failed=1',
    });
    const { fence } = await attempts.begin(rose);
    const listed = await client.attempts(rose);
    expect(listed).toMatchObject([
      { number: 2, kind: 'sync', generation: 1, finished: null, duration_ms: null, outcome: null },
      {
        number: 1,
        worker: 'w1',
        outcome: 'failed',
        code: 'E_PLAYBOOK_FAILED',
        text: 'playbook rose.yaml failed',
        summary: 'web : ok=1 changed=0 unreachable=0 failed=1',
        has_bundle: false,
      },
    ]);
    expect(listed[1]?.duration_ms).toBeGreaterThanOrEqual(0);
    // The model may be named by one of its bases.
    expect(await client.attempts({ ...rose, model: 'Plant' })).toEqual(listed);
    const path = `/xosapi/v1/accord/objects/Rose/${rose.id}/attempts`;
    const { body } = await garden.ask('GET', `${path}?limit=1`);
    expect(body.items).toHaveLength(1);
    const { body: rest } = await garden.ask('GET', body.next ?? '');
    expect(rest.items.map((one) => one['number'])).toEqual([1]);

    await keepOutput(garden.store.database, fence, 'TASK [x]');
    await keepBundle(garden.store.database, fence, { playbook: 'rose.yaml' });
    expect(await client.attempt(rose, 2)).toMatchObject({ number: 2, log: null, has_bundle: true });
    expect(await client.attemptOutput(rose, 2)).toBe('TASK [x]');
    expect(await client.attemptBundle(rose, 2)).toEqual({
      object: `Rose/${rose.id}`,
      app: 'garden',
      synchronizer: 'garden',
      bundle: { playbook: 'rose.yaml' },
    });
  });

  test('are not found where there is none, and say so', async () => {
    const at = (path: string) => garden.ask('GET', `/xosapi/v1/accord/objects/${path}`);
    expect((await at('Rose/999999/attempts')).status).toBe(404);
    expect((await at(`Rose/${rose.id}/attempts/77`)).body.error.message).toBe(
      `there is no attempt 77 on Rose/${rose.id}; the last twenty are kept`,
    );
    expect(await at(`Rose/${rose.id}/attempts/last`)).toMatchObject({
      status: 400,
      body: { error: { message: 'number: must be the number of an attempt' } },
    });
    expect((await at(`Rose/${rose.id}/attempts/1/bundle`)).body.error.message).toMatch(
      /^nothing is kept of what attempt 1 on Rose/,
    );
    expect((await at(`Rose/${rose.id}/attempts?before=9007199254740991`)).status).toBe(200);
    expect((await at(`Rose/${rose.id}/attempts/1/events?after=9007199254740991`)).body.items).toEqual([]);
  });
});

describe('what happens in an attempt', () => {
  test('is read from where one has come to', async () => {
    const ref = await newRose('alba', 1);
    const { fence } = await attempts.begin(ref);
    await eventsAt(fence, 1, 3);
    // Written again after a lost answer, they are there once.
    await eventsAt(fence, 2, 3);
    expect(await client.attemptEvents(ref, 1, 2)).toEqual([
      { number: 3, at: '2030-01-01T12:00:00.000Z', event: 'task', task: 'task 3' },
      { number: 4, at: '2030-01-01T12:00:00.000Z', event: 'task', task: 'task 4' },
    ]);
    const path = `/xosapi/v1/accord/objects/Rose/${ref.id}/attempts/1/events`;
    const { body } = await garden.ask('GET', `${path}?limit=2`);
    expect(body.next).toBe(`${path}?after=2&limit=2`);
  });

  test('is told while it happens, and the stream ends with the attempt', async () => {
    const ref = await newRose('gallica', 1);
    const { fence, loaded } = await attempts.begin(ref);
    await eventsAt(fence, 1, 2);
    const heard: ApiAttemptEvent[] = [];
    const following = (async () => {
      for await (const event of client.followAttempt(ref, 1, { after: 1 })) heard.push(event);
    })();
    const hears = (number: number) =>
      waitFor(
        `event ${number}`,
        () => heard.find((event) => event.number === number),
        () => heard,
      );
    await hears(2);
    await eventsAt(fence, 3, 1);
    await hears(3);
    await eventsAt(fence, 4, 1);
    await recordSynced(garden.store.database, fence, { loaded, feedback: {}, summary: null });
    await following;
    expect(heard.map(({ number }) => number)).toEqual([2, 3, 4]);
  });

  test('and a stream ends when its object is gone, and does not hold up a server that stops', async () => {
    const other = await openGarden();
    await other.server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = other.server.server.address() as AddressInfo;
    const its = createClient({ server: `http://127.0.0.1:${port}` });
    const bed = await its.create('Bed', { name: 'north' });
    const begun = async (name: string): Promise<Ref> => {
      const { id } = await its.create('Rose', { name, bed_id: bed.id });
      await attemptsOn(other.store).begin({ model: 'Rose', id });
      return { model: 'Rose', id };
    };
    const over = new AbortController();
    const follow = async (ref: Ref): Promise<void> => {
      for await (const event of its.followAttempt(ref, 1, { signal: over.signal }))
        expect(event).toBeUndefined();
    };
    const gone = await begun('canina');
    const kept = await begun('rugosa');
    const following = [follow(gone), follow(kept)];
    await its.remove(gone, { orphan: true });
    await following[0];
    await other.close();
    // It would go on at the next one.
    over.abort();
    await following[1];
  });
});

test('what a playbook printed, and what it was run with, is for who may operate', async () => {
  const guarded = await openGarden({ token: 'master' });
  try {
    const { database } = guarded.store;
    const day = { lastsMs: 86_400_000 };
    const reader = await createToken(database, { name: 'reader', scopes: ['read'], ...day });
    const operator = await createToken(database, { name: 'operator', scopes: ['operate'], ...day });
    const bed = await guarded.ask('POST', '/xosapi/v1/garden/beds', { name: 'x' }, bearer('master'));
    const fields = { name: 'r', bed_id: bed.body.id };
    const made = await guarded.ask('POST', '/xosapi/v1/garden/roses', fields, bearer('master'));
    const ref = { model: 'Rose', id: made.body.id };
    const { fence } = await attemptsOn(guarded.store).begin(ref);
    await keepBundle(database, fence, { playbook: 'x' });
    const at = `/xosapi/v1/accord/objects/Rose/${ref.id}/attempts/1`;
    const statusOf = async (path: string, token: string) =>
      (await guarded.ask('GET', at + path, undefined, bearer(token))).status;
    for (const path of ['', '/events']) expect(await statusOf(path, reader.text)).toBe(200);
    for (const path of ['/output', '/bundle']) {
      expect(await statusOf(path, reader.text)).toBe(403);
      expect(await statusOf(path, operator.text)).toBe(200);
    }
  } finally {
    await guarded.close();
  }
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
