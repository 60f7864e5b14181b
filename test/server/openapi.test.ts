import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { announceWorker } from '../../store/workers.ts';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}

let garden: Garden;
let document: Json;
let bed: number;
let rose: number;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  const { store } = garden;
  document = (await garden.ask('GET', '/openapi.json')).body;
  const ME = { name: 'a test' };
  const attempts = attemptsOn(store);
  const made = await store.write(ME, async (tx) => {
    const first = await tx.create('Bed', { name: 'red', note: 'x', tags: ['a'] });
    return { first, second: await tx.create('Rose', { name: 'r', bed: first }) };
  });
  [bed, rose] = [made.first.id, made.second.id];
  await attempts.look(made.second);
  await attempts.fail(made.first, 'HTTP 503');
  await store.database.query(`update attempts set bundle = '{}' where number = 1`);
  await announceWorker(store.database, { name: 'w1', synchronizer: 'garden' });
  await store.pause(ME, { scope: 'synchronizer', name: 'garden' }, { reason: 'x' });
});
afterAll(() => garden.close());

const paths = () => document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const operations = () =>
  Object.entries(paths()).flatMap(([path, item]) =>
    METHODS.flatMap((method) =>
      item[method] === undefined ? [] : [{ path, method, operation: item[method] }],
    ),
  );

/** The same with what it refers to in place. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: string };
  if ($ref === undefined)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolved(part)]));
  const target = $ref
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((here, part) => (here as Json)[part], document);
  expect(target, $ref).toBeDefined();
  return resolved(target);
}

function schemaOf(response: Json | undefined): Json {
  const { content } = resolved(response) as { content: Readonly<Record<string, { schema: Json }>> };
  return content['application/json']?.schema ?? {};
}

/** Check a value by the document's own schema. */
function fits(schema: Json, value: unknown): z.ZodError | undefined {
  return z.fromJSONSchema(schema).safeParse(value).error;
}

describe('the document', () => {
  test('is OpenAPI 3.1, names each operation once, and leads nowhere that is not there', () => {
    expect(document['openapi']).toMatch(/^3\.1/);
    resolved(document);
    const names = operations().map(({ operation }) => operation.operationId);
    expect(names.length).toBe(new Set(names).size);
    expect(names).toContain('createRose');
    expect(names).not.toContain('createPlant');
  });

  test('has every parameter of every path', () => {
    for (const [path, item] of Object.entries(paths())) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const given = (item['parameters'] ?? []) as unknown as { name: string }[];
      expect(
        given.map(({ name }) => name),
        path,
      ).toEqual(wanted);
    }
  });

  test('says of a secret that it is written only', () => {
    const { schemas } = document['components'] as { schemas: Record<string, { properties: Json }> };
    expect(schemas['Bed']?.properties).not.toHaveProperty('gate_code');
    expect(schemas['BedCreate']?.properties['gate_code']).toMatchObject({ writeOnly: true });
    expect(schemas['BedCreate']?.properties).not.toHaveProperty('sensor');
  });

  test('takes null for many links, which clears them, and no NUL in a text', async () => {
    const { schemas } = document['components'] as { schemas: Record<string, Json> };
    const wish = schemas['BedCreate'] ?? {};
    for (const [fields, isFit] of [
      [{ name: 'a', borders_ids: null }, true],
      [{ name: 'a\u0000' }, false],
    ] as const) {
      expect([fields, fits(wish, fields) === undefined]).toEqual([fields, isFit]);
      const { status } = await garden.ask('POST', '/xosapi/v1/garden/beds', fields);
      expect([fields, status]).toEqual([fields, isFit ? 201 : 400]);
    }
  });

  test('knows a model as soon as it is registered', async () => {
    const other = await openGarden();
    try {
      const { body } = await other.ask('GET', '/openapi.json');
      expect(Object.keys(body['paths'] as Json)).toContain('/xosapi/v1/garden/roses');
    } finally {
      await other.close();
    }
  });
});

describe('what is answered is what the document says', () => {
  test('by every operation that reads', async () => {
    let asked = 0;
    for (const { path, method, operation } of operations()) {
      if (method !== 'get') continue;
      const isOfRose = path.includes('/roses') || path.includes('/plants');
      const address = path
        .replace('{model}', 'Bed')
        .replace('{id}', String(isOfRose ? rose : bed))
        .replace('{name}', 'garden')
        .replace('{number}', '1');
      const { status, body } = await garden.ask('GET', address);
      expect([address, status]).toEqual([address, 200]);
      expect([address, fits(schemaOf(operation.responses['200']), body)?.message]).toEqual([
        address,
        undefined,
      ]);
      asked += 1;
    }
    expect(asked).toBeGreaterThanOrEqual(22);
  });

  test('by those that write, and by refusals', async () => {
    const find = (id: string) =>
      operations().find(({ operation }) => operation.operationId === id)?.operation;
    const check = async (id: string, method: string, path: string, body: unknown, status: number) => {
      const answer = await garden.ask(method, path, body);
      expect([id, answer.status]).toEqual([id, status]);
      const response = find(id)?.responses[String(status)] ?? find(id)?.responses['default'];
      expect([id, fits(schemaOf(response), answer.body)?.message]).toEqual([id, undefined]);
    };
    const base = '/xosapi/v1/accord';
    await check('createBed', 'POST', '/xosapi/v1/garden/beds', { name: 'new' }, 201);
    await check('createBed', 'POST', '/xosapi/v1/garden/beds', { nmae: 'new' }, 400);
    await check('changeBed', 'PATCH', `/xosapi/v1/garden/beds/${bed}`, { note: null }, 200);
    await check('changeBed', 'PATCH', `/xosapi/v1/garden/beds/${bed}`, { note: null, version: 99 }, 409);
    await check('replaceRose', 'PUT', `/xosapi/v1/garden/roses/${rose}`, { name: 'r', bed_id: bed }, 200);
    await check('deleteBed', 'DELETE', `/xosapi/v1/garden/beds/${bed}`, undefined, 409);
    await check('pauseObject', 'POST', `${base}/objects/Bed/${bed}/pause`, {}, 200);
    await check('resumeObject', 'POST', `${base}/objects/Bed/${bed}/resume`, undefined, 200);
    await check('pauseModel', 'POST', `${base}/models/Bed/pause`, { until: 'soon' }, 400);
    await garden.store.database.query(
      "insert into watchers (name, synchronizer, synchronizes, watched) values ('w', 'garden', '{}', '[]')",
    );
    await check('retryWatcher', 'POST', `${base}/watchers/w/retry`, undefined, 200);
    await check('retryWatcher', 'POST', `${base}/watchers/v/retry`, undefined, 404);
    await check('sync', 'POST', `${base}/objects/Bed/${bed}/sync`, undefined, 202);
    await check('apply', 'POST', `${base}/apply?dry_run=true`, { items: [{ model: 'Bed', name: 'q' }] }, 200);
    await check('plan', 'POST', `${base}/plan`, { items: [{ model: 'Bed', name: 'q' }] }, 200);
    await check('plan', 'POST', `${base}/plan`, { delete: [{ model: 'Bed', id: bed }] }, 409);
    await check('why', 'GET', `${base}/objects/Bed/999999/why`, undefined, 404);
  });

  test.each([
    [{ name: 'ok', area: 2, sunny: true, tags: ['a'], note: null }, true],
    [{}, false],
    [{ name: '' }, false],
    [{ name: 'x'.repeat(21) }, false],
    [{ name: 'ok', area: -1 }, false],
    [{ name: 'ok', sunny: 'yes' }, false],
    [{ name: 'ok', tags: 'a' }, false],
    [{ name: 'ok', unheard: 1 }, false],
    [{ name: 'ok', sensor: 'x' }, false],
    [{ name: 'ok', borders_ids: ['x'] }, false],
    [{ name: null }, false],
  ])('what it allows is stored, and what it does not is refused: %j', async (body, isAllowed) => {
    const { schemas } = document['components'] as { schemas: Record<string, Json> };
    expect(fits(resolved(schemas['BedCreate']) as Json, body) === undefined).toBe(isAllowed);
    const { status } = await garden.ask('POST', '/xosapi/v1/garden/beds', body);
    expect(status).toBe(isAllowed ? 201 : 400);
  });
});
