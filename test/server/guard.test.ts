import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createServer } from '../../server/server.ts';
import { createStore } from '../../store/store.ts';
import { ask, openGarden, type Garden } from './garden.ts';

const MODELS = '/xosapi/v1/accord/models';
const TOKEN = 'correct horse battery staple';

describe('a server on loopback', () => {
  let garden: Garden;
  beforeAll(async () => {
    garden = await openGarden({ allowedHosts: ['accord.example'] });
  });
  afterAll(() => garden.close());

  test.each(['localhost', 'localhost:8000', '127.0.0.1:9000', '[::1]:8000', 'LOCALHOST', 'accord.example'])(
    'answers to its name %s',
    async (host) => expect((await garden.ask('GET', MODELS, undefined, { host })).status).toBe(200),
  );

  test.each(['evil.example', 'evil.example:8000', 'localhost.evil.example', '192.168.0.9', 'a b'])(
    'refuses the foreign host «%s», and writes nothing for it',
    async (host) => {
      const { status, body } = await garden.ask(
        'POST',
        '/xosapi/v1/garden/beds',
        { name: 'rebound' },
        { host },
      );
      expect([status, body.error.code]).toEqual([403, 'E_HOST']);
      expect((await garden.ask('GET', '/xosapi/v1/garden/beds')).body.items).toEqual([]);
    },
  );

  test('lets its own pages in', async () => {
    const headers = { host: 'localhost:8000', origin: 'http://localhost:8000' };
    expect((await garden.ask('GET', MODELS, undefined, headers)).status).toBe(200);
  });

  test.each(['http://evil.example', 'http://localhost:3000', 'null', ''])(
    'refuses a page of %s',
    async (origin) => {
      const { status, body } = await garden.ask('GET', MODELS, undefined, { host: 'localhost:8000', origin });
      expect([status, body.error.code]).toEqual([403, 'E_ORIGIN']);
    },
  );

  test('tells browsers to be careful, with refusals too', async () => {
    for (const path of [MODELS, '/nowhere']) {
      const { headers } = await garden.ask('GET', path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("default-src 'none'") as unknown,
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('is healthy and ready', async () => {
    expect((await garden.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await garden.ask('GET', '/readyz')).status).toBe(200);
  });
});

describe('a token', () => {
  let garden: Garden;
  beforeAll(async () => {
    garden = await openGarden({ token: TOKEN, bind: { host: '0.0.0.0', port: 8000 } });
  });
  afterAll(() => garden.close());

  test.each([undefined, 'Bearer wrong', `Bearer ${TOKEN}x`, TOKEN, 'Bearer '])(
    'is not %s',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await garden.ask('GET', MODELS, undefined, headers);
      expect([answer.status, answer.body.error.code]).toEqual([401, 'E_TOKEN']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    },
  );

  test('opens the door', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await garden.ask('GET', MODELS, undefined, headers)).status).toBe(200);
  });

  test('is not needed to ask whether the server lives', async () => {
    expect((await garden.ask('GET', '/healthz')).status).toBe(200);
  });
});

describe('without the parts that it needs, a server', () => {
  const log = createLog({ level: 'silent' });
  const nowhere = () => createStore({ databaseUrl: 'postgres://accord:hunter2@127.0.0.1:9/accord' });

  test('lives, is not ready, and answers 503 naming the database but not its password', async () => {
    const store = nowhere();
    const server = createServer({ store, config: DEFAULTS, log });
    try {
      expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
      for (const path of ['/readyz', MODELS, '/xosapi/v1/garden/beds']) {
        const { status, body } = await ask(server, 'GET', path);
        expect([status, body.error.code]).toEqual([503, 'E_STORE_UNAVAILABLE']);
        expect(body.error.message).toContain('127.0.0.1:9');
        expect(body.error.message).not.toContain('hunter2');
      }
    } finally {
      await server.close();
      await store.close();
    }
  });
});
