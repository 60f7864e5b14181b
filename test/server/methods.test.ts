import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

describe('a path that is asked by a method that it does not take', () => {
  test.each([
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['TRACE', '/xosapi/v1/accord/summary', 'GET, HEAD'],
    ['QUERY', '/xosapi/v1/garden/beds', 'GET, HEAD, POST'],
    ['POST', '/xosapi/v1/garden/beds/1', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['GET', '/xosapi/v1/accord/objects/Bed/1/sync', 'POST'],
    // Not what objects of an app `accord` would be asked by.
    ['POST', '/xosapi/v1/accord/summary', 'GET, HEAD'],
    ['GET', '/xosapi/v1/accord/plan', 'POST'],
    ['POST', '/xosapi/v1/accord/page', 'GET, HEAD'],
  ])('says which it takes: %s %s', async (method, path, methods) => {
    const { status, headers, body } = await garden.ask(method, path);
    expect([status, body.error.code, headers['allow']]).toEqual([405, 'E_METHOD', methods]);
    expect(body.error.message).toBe(`${path} takes ${methods}, and not ${method}`);
  });

  test('is still told from one that is not there', async () => {
    const { status, body } = await garden.ask('TRACE', '/nowhere');
    expect([status, body.error.code]).toEqual([404, 'E_NO_ROUTE']);
    const other = await garden.ask('POST', '/xosapi/v1/accord/nothing', {});
    expect([other.status, other.body.error.code]).toEqual([404, 'E_UNKNOWN_MODEL']);
  });
});

test('an empty body is none, and null is no object', async () => {
  const path = '/xosapi/v1/accord/models/Bed/pause';
  expect((await garden.ask('POST', path, null)).status).toBe(400);
  expect((await garden.ask('POST', path)).status).toBe(200);
  expect((await garden.ask('POST', '/xosapi/v1/accord/plan', null)).status).toBe(400);
  expect((await garden.ask('POST', '/xosapi/v1/accord/plan')).status).toBe(200);
});
