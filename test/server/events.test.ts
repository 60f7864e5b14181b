import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type Client } from '../../client/http.ts';
import type { ApiEvent } from '../../client/operate-wire.ts';
import { waitFor } from '../support/wait-for.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
let client: Client;
beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = garden.server.server.address() as AddressInfo;
  client = createClient({ server: `http://127.0.0.1:${port}` });
});
afterAll(() => garden.close());

const newBed = (name: string) => client.create('Bed', { name });

/** Follow the stream in the background. */
function follow(cursor?: string): { readonly heard: ApiEvent[]; readonly stop: () => Promise<void> } {
  const heard: ApiEvent[] = [];
  const controller = new AbortController();
  const running = (async () => {
    const options = { signal: controller.signal, ...(cursor !== undefined && { cursor }) };
    for await (const event of client.follow(options)) heard.push(event);
  })();
  return {
    heard,
    async stop() {
      controller.abort();
      await running;
    },
  };
}

const hears = (heard: readonly ApiEvent[], object: string) =>
  waitFor(
    `an event of ${object}`,
    () => heard.find((event) => event.object === object),
    () => heard,
  );

describe('the events of an object', () => {
  test('are its history, latest first, with who did it and what it changed', async () => {
    const bed = await newBed('old');
    await client.update({ model: 'Bed', id: bed.id }, { name: 'new', gate_code: 'hunter2' });
    const events = await client.eventsOf({ model: 'Bed', id: bed.id });
    expect(events).toMatchObject([
      {
        kind: 'updated',
        object: `Bed/${bed.id}`,
        writer: 'api',
        detail: { before: { name: 'old', gate_code: null }, after: { name: 'new', gate_code: '(secret)' } },
      },
      { kind: 'created' },
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  test('remain when it is gone, and come page by page', async () => {
    const bed = await newBed('brief');
    await client.remove({ model: 'Bed', id: bed.id });
    const path = `/xosapi/v1/accord/objects/Bed/${bed.id}/events`;
    const { body } = await garden.ask('GET', `${path}?limit=2`);
    expect(body.items.map((event) => event['kind'])).toEqual(['reaped', 'marked for deletion']);
    const { body: rest } = await garden.ask('GET', body.next ?? '');
    expect(rest.items.map((event) => event['kind'])).toEqual(['created']);
    expect((await garden.ask('GET', '/xosapi/v1/accord/objects/Bed/999999/events')).status).toBe(404);
  });

  test('may all have been forgotten, of what is there still', async () => {
    const bed = await newBed('quiet');
    await garden.store.database.query('delete from events where object_id = $1', [bed.id]);
    expect(await client.eventsOf({ model: 'Bed', id: bed.id })).toEqual([]);
  });

  test('mask what is secret now, though it was not when it was written down', async () => {
    const bed = await newBed('older');
    await garden.store.database.query(
      `insert into events (kind, model, object_id, detail) values ('orphaned', 'Bed', $1, '{"feedback": {"gate_code": "hunter2"}}')`,
      [bed.id],
    );
    expect(JSON.stringify(await client.eventsOf({ model: 'Bed', id: bed.id }))).not.toContain('hunter2');
  });
});

describe('the stream of events', () => {
  test('goes on from where a snapshot was taken', async () => {
    const { cursor } = await client.summary();
    const bed = await newBed('after the summary');
    const { heard, stop } = follow(cursor);
    await hears(heard, `Bed/${bed.id}`);
    await stop();
  });

  test('has every event once and in order, for whoever comes back to where it was', async () => {
    const { cursor } = await client.lastEvents(1);
    const beds: string[] = [];
    const writing = (async () => {
      for (let at = 0; at < 60; at += 1) beds.push(`Bed/${(await newBed(`n ${at}`)).id}`);
    })();
    const heard: ApiEvent[] = [];
    // Comes and goes, as a page whose connection breaks.
    while (heard.length < 60) {
      const part = follow(heard.at(-1)?.cursor ?? cursor);
      await waitFor('some events', () =>
        part.heard.length > 5 || heard.length + part.heard.length >= 60 ? true : undefined,
      );
      await part.stop();
      heard.push(...part.heard);
    }
    await writing;
    expect(heard.map(({ object }) => object)).toEqual(beds);
  });

  test('waits with what came later for what is still open before it', async () => {
    const { cursor } = await client.lastEvents(1);
    const { heard, stop } = follow(cursor);
    const { database } = garden.store;
    const insert = 'insert into events (kind) values ($1)';
    await database.transaction(async (tx) => {
      await tx.query(insert, ['slow']);
      await database.query(insert, ['fast']);
      const { items } = await client.lastEvents(1);
      expect(items.map(({ kind }) => kind)).toEqual(['fast']);
      // As long as this is open, the stream has neither.
      expect((await garden.ask('GET', `/xosapi/v1/accord/events?after=${cursor}`)).body.items).toEqual([]);
    });
    await waitFor(
      'both',
      () => (heard.length === 2 ? true : undefined),
      () => heard,
    );
    expect(heard.map(({ kind }) => kind)).toEqual(['slow', 'fast']);
    await stop();
  });

  test('is read once for however many listen, and tells all of them the same', async () => {
    const { cursor } = await client.lastEvents(1);
    const all = Array.from({ length: 50 }, () => follow(cursor));
    const bed = await newBed('for all');
    for (const { heard } of all) await hears(heard, `Bed/${bed.id}`);
    const [first] = all;
    for (const { heard } of all) expect(heard).toEqual(first?.heard);
    await Promise.all(all.map(({ stop }) => stop()));
  });

  test('is refused from a place that is none', async () => {
    const { status, body } = await garden.ask('GET', '/xosapi/v1/accord/events?after=yesterday');
    expect([status, body.error.message]).toEqual([400, expect.stringContaining('cursor of an event')]);
  });
});

test('a server that stops lets those go that listen', async () => {
  const other = await openGarden();
  await other.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = other.server.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/xosapi/v1/accord/events`, {
    headers: { accept: 'text/event-stream' },
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let heard = '';
  const listening = (async () => {
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) heard += part;
  })();
  const greeting = (): true | undefined => (heard.includes('event: hello') ? true : undefined);
  await waitFor('the greeting', greeting, () => heard);
  await other.close();
  // It ends.
  await listening;
});
