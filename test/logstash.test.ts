import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { LogSink } from '../log.ts';
import { openLogstash } from '../logstash.ts';
import { waitFor } from './support/wait-for.ts';

interface Listener {
  readonly port: number;
  /** What has arrived, line by line. */
  readonly lines: () => string[];
  /** End, and every connection with it. */
  die(): Promise<void>;
}

async function listen(port = 0, reads = true): Promise<Listener> {
  const sockets = new Set<Socket>();
  let text = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (reads) socket.on('data', (data) => (text += data.toString()));
    else socket.pause();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const die = async (): Promise<void> => {
    for (const socket of sockets) socket.resetAndDestroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(die);
  return { port: (server.address() as AddressInfo).port, lines: () => text.split('\n').slice(0, -1), die };
}

function open(port: number, trouble: object[] = []): LogSink {
  const sink = openLogstash({ host: '127.0.0.1', port }, (what) => trouble.push(what));
  onTestFinished(() => sink.close());
  return sink;
}

const arrived = (listener: Listener, line: string): Promise<boolean> =>
  waitFor(
    `${line} to arrive`,
    () => (listener.lines().includes(line) ? true : undefined),
    () => listener.lines(),
  );

test('lines arrive in their order', async () => {
  const listener = await listen();
  const sink = open(listener.port);
  for (let at = 0; at < 100; at += 1) sink.write(`${at}\n`);
  await arrived(listener, '99');
  expect(listener.lines()).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
});

test('a listener that dies and returns gets what was said meanwhile', async () => {
  const trouble: object[] = [];
  const first = await listen();
  const sink = open(first.port, trouble);
  sink.write('before\n');
  await arrived(first, 'before');
  await first.die();
  await waitFor('the loss of it to be noticed', () => (trouble.length === 1 ? true : undefined));
  sink.write('meanwhile\n');
  const second = await listen(first.port);
  await arrived(second, 'meanwhile');
  sink.write('after\n');
  await arrived(second, 'after');
  expect(trouble).toEqual([
    { away: true, lost: 0 },
    { away: false, lost: 0 },
  ]);
});

test('what is too much to be kept is lost, and counted, and nothing waits for it', async () => {
  const trouble: object[] = [];
  const gone = await listen();
  await gone.die();
  const sink = open(gone.port, trouble);
  const long = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let at = 0; at < 10; at += 1) sink.write(long);
  const back = await listen(gone.port);
  await waitFor(
    'it to be back',
    () => (trouble.length === 2 ? true : undefined),
    () => trouble,
  );
  expect(trouble[1]).toEqual({ away: false, lost: 6 });
  await waitFor('the kept ones', () => (back.lines().length === 5 ? true : undefined));
  expect(JSON.parse(back.lines()[0] ?? '')).toMatchObject({ lost: 6, msg: 'log lines were lost' });
});

test('a listener that does not read keeps nobody waiting', { timeout: 15_000 }, async () => {
  const deaf = await listen(0, false);
  const sink = open(deaf.port);
  const long = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let at = 0; at < 50; at += 1) sink.write(long);
  await sink.close();
});

test('what was said last arrives before it is closed', async () => {
  const listener = await listen();
  const sink = open(listener.port);
  sink.write('first\n');
  await arrived(listener, 'first');
  sink.write('last\n');
  await sink.close();
  await arrived(listener, 'last');
});
