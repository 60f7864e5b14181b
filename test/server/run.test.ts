import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { DEFAULTS, type Config } from '../../config.ts';
import { runServer } from '../../server/run.ts';
import { createStore } from '../../store/store.ts';
import { createToken } from '../../store/tokens.ts';
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

interface Gate {
  readonly port: number;
  /** Cut every connection, and take no new one. */
  shut(): Promise<void>;
}

/** Pass connections on to the real database: an address that can come and go. */
async function openGate(url: string, port = 0): Promise<Gate> {
  const { hostname, port: behind } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect({ host: hostname, port: Number(behind || '5432') });
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async shut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** The database as it is seen through the gate. */
function through(gate: Gate): string {
  const url = new URL(database.url);
  url.host = `127.0.0.1:${gate.port}`;
  return url.href;
}

const configFor = (databaseUrl: string): Config => ({
  ...DEFAULTS,
  databaseUrl,
  temporalAddress: inject('temporalAddress'),
  bind: { host: '127.0.0.1', port: 0 },
});

describe('the server process', () => {
  test('waits for a database that is away, says so with its address, and goes on when it is there', async () => {
    const gate = await openGate(database.url);
    await gate.shut();
    const { lines, log } = listeningLog();

    const starting = runServer(configFor(through(gate)), { log });
    await vi.waitFor(() => expect(lines).not.toEqual([]));
    expect(lines[0]).toMatchObject({ msg: 'database cannot be reached, trying again' });
    expect(lines[0]?.reason).toContain(`127.0.0.1:${gate.port}`);

    const reopened = await openGate(database.url, gate.port);
    const running = await starting;
    expect(await (await fetch(`${running.address}/readyz`)).json()).toEqual({
      status: 'ok',
      database: 'ok',
      temporal: 'ok',
    });
    await running.stop();
    await reopened.shut();
    await expect(fetch(`${running.address}/healthz`)).rejects.toThrow();
  });

  test('answers 503 while the database is away, and works again when it is back', async () => {
    const gate = await openGate(database.url);
    const { log } = listeningLog();
    const running = await runServer(configFor(through(gate)), { log });
    const statusOf = async (path: string) => (await fetch(running.address + path)).status;
    expect(await statusOf('/readyz')).toBe(200);
    await gate.shut();
    expect([await statusOf('/readyz'), await statusOf('/healthz')]).toEqual([503, 200]);
    const reopened = await openGate(database.url, gate.port);
    await vi.waitFor(async () => expect(await statusOf('/readyz')).toBe(200), 10_000);
    expect(await statusOf('/xosapi/v1/accord/models')).toBe(200);
    await running.stop();
    await reopened.shut();
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

describe('where others can reach it, a server', () => {
  const open = (url: string): Config => ({
    ...DEFAULTS,
    databaseUrl: url,
    bind: { host: '0.0.0.0', port: 0 },
    temporalAddress: inject('temporalAddress'),
  });

  test('does not start without a token, and says how to make one', async () => {
    const { log } = listeningLog();
    await expect(runServer(open(database.url), { log })).rejects.toThrow(
      /accord token create .*ACCORD_TOKEN/,
    );
  });

  test('starts with one that has not expired', async () => {
    const { log } = listeningLog();
    const store = createStore({ databaseUrl: database.url });
    await createToken(store.database, { name: 'first', scopes: ['admin'], lastsMs: 60_000 });
    await store.close();
    const server = await runServer(open(database.url), { log });
    await server.stop();
  });
});
