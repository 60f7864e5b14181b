import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { DEFAULTS, type Config } from '../../config.ts';
import { runServer } from '../../server/run.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** A log whose lines can be read. */
function listeningLog() {
  const lines: { msg: string; reason?: string }[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as { msg: string });
      done();
    },
  });
  return { lines, log: pino({ base: null }, stream) };
}

/** Pass connections on to the real database: an address that can come and go. */
async function gate(url: string, port = 0): Promise<Server> {
  const { hostname, port: behind } = new URL(url);
  const server = createServer((socket: Socket) => {
    const onward = connect({ host: hostname, port: Number(behind || '5432') });
    for (const [a, b] of [
      [socket, onward],
      [onward, socket],
    ] as const)
      a.on('error', () => b.destroy()).pipe(b);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

const configFor = (databaseUrl: string): Config => ({
  ...DEFAULTS,
  databaseUrl,
  temporalAddress: inject('temporalAddress'),
  bind: { host: '127.0.0.1', port: 0 },
});

describe('the server process', () => {
  test('waits for a database that is away, says so with its address, and goes on when it is there', async () => {
    const probe = await gate(database.url);
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const url = new URL(database.url);
    url.host = `127.0.0.1:${port}`;
    const { lines, log } = listeningLog();

    const starting = runServer(configFor(url.href), { log });
    await vi.waitFor(() => expect(lines).not.toEqual([]));
    expect(lines[0]).toMatchObject({ msg: 'database cannot be reached, trying again' });
    expect(lines[0]?.reason).toContain(`127.0.0.1:${port}`);

    const opened = await gate(database.url, port);
    const running = await starting;
    expect(await (await fetch(`${running.address}/readyz`)).json()).toEqual({
      status: 'ok',
      database: 'ok',
      temporal: 'ok',
    });
    await running.stop();
    await new Promise((resolve) => opened.close(resolve));
    await expect(fetch(`${running.address}/healthz`)).rejects.toThrow();
  });

  test('says which address is taken', async () => {
    const { log } = listeningLog();
    const first = await runServer(configFor(database.url), { log });
    const port = Number(new URL(first.address).port);
    const second = runServer({ ...configFor(database.url), bind: { host: '127.0.0.1', port } }, { log });
    await expect(second).rejects.toThrow(`127.0.0.1:${port} is taken by another process`);
    await first.stop();
  });

  test('stops waiting when it is asked to', async () => {
    const { lines, log } = listeningLog();
    const stopping = new AbortController();
    const starting = runServer(configFor('postgres://accord@127.0.0.1:9/accord'), {
      log,
      signal: stopping.signal,
    });
    await vi.waitFor(() => expect(lines).not.toEqual([]));
    stopping.abort();
    await expect(starting).rejects.toThrow(/abort/i);
  });
});
