import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
});
afterAll(() => garden.close());

const post = (path: string, body?: unknown) => garden.ask('POST', `/xosapi/v1/accord/${path}`, body);
const newBed = async () => (await garden.ask('POST', '/xosapi/v1/garden/beds', { name: 'b' })).body;
const stateOf = async (id: number) => (await garden.ask('GET', `/xosapi/v1/garden/beds/${id}`)).body;

describe('POST …/pause and …/resume', () => {
  test('hold an object, its model or its synchronizer, and let it go on', async () => {
    const bed = await newBed();
    for (const [path, scope, target] of [
      [`objects/Bed/${bed.id}`, 'object', `Bed/${bed.id}`],
      ['models/Bed', 'model', 'Bed'],
      ['synchronizers/garden', 'synchronizer', 'garden'],
    ] as const) {
      const paused = await post(`${path}/pause`, { reason: 'maintenance' });
      expect([paused.status, paused.body]).toEqual([
        200,
        { scope, target, reason: 'maintenance', by: 'api', since: expect.any(String) as string, until: null },
      ]);
      expect(await stateOf(bed.id)).toMatchObject({ state: 'Paused', backend_code: 0 });
      const { items } = (await garden.ask('GET', '/xosapi/v1/accord/pauses')).body;
      expect(items).toEqual([paused.body]);
      expect((await post(`${path}/resume`)).body).toEqual({ resumed: true });
      expect((await post(`${path}/resume`)).body).toEqual({ resumed: false });
      expect((await stateOf(bed.id)).state).toBe('Waiting');
    }
  });

  test('are told among what happens, with the object', async () => {
    const bed = await newBed();
    await post(`objects/Bed/${bed.id}/pause`, { reason: 'a storm' });
    await post(`objects/Bed/${bed.id}/resume`);
    const { items } = (await garden.ask('GET', '/xosapi/v1/accord/events?limit=2')).body;
    expect(items).toMatchObject([
      { kind: 'paused', object: `Bed/${bed.id}`, detail: { reason: 'a storm' } },
      { kind: 'resumed', object: `Bed/${bed.id}` },
    ]);
  });

  test('say until when, and refuse a time that has passed', async () => {
    const bed = await newBed();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post(`objects/Bed/${bed.id}/pause`, { until })).body).toMatchObject({ until, reason: '' });
    const past = await post(`objects/Bed/${bed.id}/pause`, { until: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body.error.message]).toEqual([400, expect.stringContaining('has passed')]);
    await post(`objects/Bed/${bed.id}/resume`);
  });

  test('name everything that is wrong with a body', async () => {
    const bed = await newBed();
    const { status, body } = await post(`objects/Bed/${bed.id}/pause`, { reason: 7, until: 'soon', why: 1 });
    expect(status).toBe(400);
    expect(body.error.faults.map(({ field }) => field)).toEqual(['reason', 'until', 'why']);
  });

  test.each([
    ['objects/Bed/999999', 'E_NOT_FOUND'],
    ['objects/Rose/x', 'E_NOT_FOUND'],
    ['models/Bd', 'E_UNKNOWN_MODEL'],
    ['synchronizers/nobody', 'E_NOT_FOUND'],
  ])('refuse %s', async (path, code) => {
    expect((await post(`${path}/pause`, {})).body.error.code).toBe(code);
    expect((await post(`${path}/resume`)).body.error.code).toBe(code);
  });

  test('take no object under the name of a model that it is not of', async () => {
    const bed = await newBed();
    expect((await post(`objects/Rose/${bed.id}/pause`, {})).body.error.code).toBe('E_NOT_FOUND');
  });
});
