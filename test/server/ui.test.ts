import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureUi } from '../../tools/build-ui.mjs';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  expect(await ensureUi()).toBe(true);
  garden = await openGarden({ token: 'sesame' });
});
afterAll(() => garden.close());

const get = (url: string, headers: Record<string, string> = {}) =>
  garden.server.inject({ method: 'GET', url, headers: { host: '127.0.0.1:8000', ...headers } });

describe('the files of the page', () => {
  test('are where / leads, for all who have no token yet, under a strict policy', async () => {
    expect((await get('/')).headers['location']).toBe('/ui/');
    const page = await get('/ui/');
    expect([page.statusCode, page.headers['cache-control']]).toEqual([200, 'no-cache']);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(page.body).toContain('<div id="page">');
    expect((await get('/ui/', { 'if-none-match': String(page.headers['etag']) })).statusCode).toBe(304);
  });

  test('are kept for good where their names say what is in them, and stay below 250 kB', async () => {
    const [script = ''] = /\/ui\/assets\/[\w.-]+\.js/.exec((await get('/ui/')).body) ?? [];
    const file = await get(script, { 'accept-encoding': 'gzip' });
    expect(file.headers['cache-control']).toContain('immutable');
    expect(file.headers['content-encoding']).toBe('gzip');
    expect(file.rawPayload.length).toBeLessThan(250_000);
  });

  test('are nothing but these', async () => {
    for (const path of [
      '/ui/../server.ts',
      '/ui/%2e%2e/package.json',
      '/ui/assets/../../main.tsx',
      '/ui/.hidden',
    ])
      expect([path, (await get(path)).statusCode]).toEqual([path, expect.toBeOneOf([401, 404])]);
    expect((await get('/ui/assets/absent.js')).body).toContain('npm run build:ui');
  });

  test('are all that is open: what the page asks needs the token', async () => {
    expect((await get('/xosapi/v1/accord/page')).statusCode).toBe(401);
    const told = await get('/xosapi/v1/accord/page', { authorization: 'Bearer sesame' });
    expect(told.json()).toEqual({ temporal_ui: null, temporal_namespace: 'default' });
  });
});
