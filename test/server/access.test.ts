import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createLimit } from '../../server/rate.ts';
import { createToken, readTokens, revokeToken, type Scope } from '../../store/tokens.ts';
import { openGarden, type Garden } from './garden.ts';

const BEDS = '/xosapi/v1/garden/beds';

let garden: Garden;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  // Where others can reach it, and without one token for all.
  garden = await openGarden({ bind: { host: '0.0.0.0', port: 8000 } });
  for (const scope of ['read', 'write', 'operate', 'admin'] as const)
    tokens[scope] = await newToken(scope, [scope]);
});
afterAll(() => garden.close());

async function newToken(name: string, scopes: readonly Scope[], lastsMs = 3_600_000): Promise<string> {
  return (await createToken(garden.store.database, { name, scopes, lastsMs })).text;
}
const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
const ask = (method: string, path: string, token: string | undefined, body?: unknown) =>
  garden.ask(method, path, body, bearer(token));
const lastEvent = async () => {
  const { body } = await ask('GET', '/xosapi/v1/accord/events?limit=1', tokens['read']);
  return body.items[0];
};

describe('a token', () => {
  test.each([
    ['read', [200, 403, 403, 403]],
    ['write', [200, 201, 403, 403]],
    ['operate', [200, 403, 200, 404]],
    ['admin', [200, 201, 200, 404]],
    ['none', [401, 401, 401, 401]],
  ])('that may %s lets its bearer read, write and operate with the answers %j', async (scope, expected) => {
    const token = tokens[scope];
    const answers = [
      await ask('GET', BEDS, token),
      await ask('POST', BEDS, token, { name: `by ${scope}` }),
      await ask('POST', '/xosapi/v1/accord/models/Bed/pause', token, {}),
      await ask('POST', '/xosapi/v1/accord/watchers/none/retry', token),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
    for (const { status, body } of answers) {
      if (status === 403)
        expect(body.error).toMatchObject({
          code: 'E_SCOPE',
          message: expect.stringContaining('--scope') as string,
        });
    }
    await garden.store.resume({ name: 'a test' }, { scope: 'model', name: 'Bed' });
  });

  test('is who the audit trail names', async () => {
    await ask('POST', BEDS, tokens['write'], { name: 'audited' });
    expect(await lastEvent()).toMatchObject({
      kind: 'created',
      writer: 'token write',
      detail: { after: { name: 'audited' } },
    });
  });

  test('is kept as a digest alone', async () => {
    const rows = await garden.store.database.query('select * from tokens');
    for (const token of Object.values(tokens)) expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('that was revoked opens nothing any more, at once', async () => {
    const token = await newToken('brief', ['read']);
    expect((await ask('GET', BEDS, token)).status).toBe(200);
    await revokeToken(garden.store.database, 'brief');
    expect((await ask('GET', BEDS, token)).status).toBe(401);
    await expect(revokeToken(garden.store.database, 'brief')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('has a name of its own', async () => {
    await expect(newToken('read', ['read'])).rejects.toMatchObject({ code: 'E_CONFLICT' });
  });
});

describe('a write that is turned away is audited', () => {
  test('with a token that may not', async () => {
    await ask('DELETE', `${BEDS}/1?cascade=true`, tokens['read']);
    expect(await lastEvent()).toMatchObject({
      kind: 'refused',
      writer: 'token read',
      detail: { method: 'DELETE', path: `${BEDS}/1`, code: 'E_SCOPE' },
    });
  });

  test('with a token that has expired', async () => {
    const token = await newToken('old', ['admin'], 1);
    await garden.store.database.query(
      "update tokens set expires = now() - interval '1 day' where name = 'old'",
    );
    const { status, body } = await ask('POST', BEDS, token, { name: 'x' });
    expect([status, body.error.message]).toEqual([401, expect.stringContaining('the token old has expired')]);
    expect(await lastEvent()).toMatchObject({ kind: 'refused', writer: 'token old' });
    expect((await readTokens(garden.store.database)).find(({ name }) => name === 'old')?.expired).toBe(true);
  });

  test('without any, and nothing is stored', async () => {
    expect((await ask('POST', BEDS, undefined, { name: 'uninvited' })).status).toBe(401);
    expect(await lastEvent()).toMatchObject({ kind: 'refused', writer: 'somebody at 127.0.0.1' });
    expect((await ask('GET', `${BEDS}?name=uninvited`, tokens['read'])).body.items).toEqual([]);
  });

  test('until there are too many of them', async () => {
    const answers = [];
    for (let at = 0; at < 25; at += 1) answers.push(await ask('POST', BEDS, 'guess', { name: 'x' }));
    const last = answers.at(-1);
    expect([last?.status, last?.body.error.code]).toEqual([429, 'E_RATE']);
    expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0);
    // Who has a token is not shut out by it.
    expect((await ask('GET', BEDS, tokens['read'])).status).toBe(200);
  });
});

describe('behind a balancer', () => {
  const refusals = async (server: Garden, forwarded: string, times: number): Promise<number[]> => {
    const statuses = [];
    for (let at = 0; at < times; at += 1) {
      const headers = { ...bearer('guess'), 'x-forwarded-for': forwarded };
      statuses.push((await server.ask('POST', BEDS, { name: 'x' }, headers)).status);
    }
    return statuses;
  };

  test('that is trusted, limits and the audit trail are about who is behind it', async () => {
    const server = await openGarden({ bind: { host: '0.0.0.0', port: 8000 }, trustedProxies: ['127.0.0.1'] });
    try {
      expect((await refusals(server, '203.0.113.7', 22)).at(-1)).toBe(429);
      // What it says itself of where it comes from is not believed.
      expect((await refusals(server, '198.51.100.1, 203.0.113.7', 1))[0]).toBe(429);
      expect(await refusals(server, '203.0.113.8', 1)).toEqual([401]);
      const events = await server.store.database.query<{ writer: string }>(
        'select writer from events order by id',
      );
      expect(events.at(-1)?.writer).toBe('somebody at 203.0.113.8');
    } finally {
      await server.close();
    }
  });

  test('that nobody has named, they are about the balancer', async () => {
    const server = await openGarden({ bind: { host: '0.0.0.0', port: 8000 } });
    try {
      await refusals(server, '203.0.113.7', 22);
      expect(await refusals(server, '203.0.113.8', 1)).toEqual([429]);
    } finally {
      await server.close();
    }
  });
});

test('a limit gives each address its burst, and then as much as fills up again', () => {
  let now = 0;
  const limit = createLimit({ burst: 3, perSecond: 2 }, () => now);
  expect([1, 2, 3, 4].map(() => limit('a'))).toEqual([0, 0, 0, 1]);
  expect(limit('b')).toBe(0);
  now = 1_000;
  expect([limit('a'), limit('a'), limit('a')]).toEqual([0, 0, 1]);
});

test('a limit turns nobody away because the clock was set back', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const limit = createLimit({ burst: 3, perSecond: 2 });
    expect(limit('a')).toBe(0);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(limit('a')).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
