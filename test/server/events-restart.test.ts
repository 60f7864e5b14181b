import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import { DEFAULTS } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createServer } from '../../server/server.ts';
import { waitFor } from '../support/wait-for.ts';
import { openGarden, type Garden } from './garden.ts';

const CLIENTS = 200;
const BEDS = 60;

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

test(
  'two hundred listeners hear each event once and in order, while their server restarts',
  { timeout: 180_000 },
  async () => {
    const { store } = garden;
    const begin = async (port: number) => {
      const server = createServer({ store, config: DEFAULTS, log: createLog({ level: 'silent' }) });
      await server.listen({ host: '127.0.0.1', port });
      return server;
    };
    let server = await begin(0);
    const { port } = server.server.address() as AddressInfo;
    const client = createClient({ server: `http://127.0.0.1:${port}` });
    const { cursor } = await client.lastEvents(1);

    const over = new AbortController();
    const heard = Array.from({ length: CLIENTS }, (): string[] => []);
    const following = heard.map(async (mine) => {
      for await (const { object } of client.follow({ cursor, signal: over.signal })) mine.push(object ?? '');
    });
    const hear = (count: number) =>
      waitFor(
        `all to hear of ${count}`,
        () => (heard.every((mine) => mine.length >= count) ? true : undefined),
        () => heard.map((mine) => mine.length),
        60_000,
      );

    const beds: string[] = [];
    const write = async (): Promise<void> => {
      const bed = await store.write({ name: 'a test' }, (tx) =>
        tx.create('Bed', { name: `n ${beds.length}` }),
      );
      beds.push(`Bed/${bed.id}`);
    };
    while (beds.length < BEDS / 3) await write();
    await hear(1);
    // Some have not heard all of it yet, and more comes while nobody answers.
    const closing = server.close();
    while (beds.length < (BEDS * 2) / 3) await write();
    await closing;
    server = await begin(port);
    while (beds.length < BEDS) await write();
    await hear(BEDS);
    over.abort();
    await Promise.all(following);
    await server.close();
    for (const mine of heard) expect(mine).toEqual(beds);
  },
);
