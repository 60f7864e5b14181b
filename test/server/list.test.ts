import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

const BEDS = '/xosapi/v1/garden/beds';
const ROSES = '/xosapi/v1/garden/roses';

let garden: Garden;
let ids: Record<string, number>;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  const attempts = attemptsOn(garden.store);
  const ME = { name: 'a test' };
  const create = (model: string, fields: Record<string, unknown>) =>
    garden.store.write(ME, (tx) => tx.create(model, fields));
  const north = await create('Bed', {
    name: 'North',
    area: 3,
    note: 'shady',
    tags: ['wet', 'low'],
    gate_code: 'x',
  });
  const south = await create('Bed', { name: 'South', area: 10, sunny: true, borders: [north] });
  const east = await create('Bed', { name: 'East', area: 3 });
  await create('Bed', { name: 'West', area: -0, sunny: true, no_sync: true });
  const gone = await create('Bed', { name: 'Gone', area: 3 });
  for (const bed of [north, gone]) await attempts.sync(bed);
  await garden.store.write(ME, (tx) => tx.remove(gone));
  await attempts.fail(south, 'HTTP 503');
  const rose = await create('Rose', { name: 'climber', bed: south, thorns: 7 });
  const other = await create('Rose', { name: 'rambler', bed: east });
  for (const one of [rose, other]) await attempts.look(one);
  ids = { north: north.id, south: south.id };
});
afterAll(() => garden.close());

const names = async (path: string): Promise<unknown[]> => {
  const { status, body } = await garden.ask('GET', path);
  expect([status, body.error]).toEqual([200, undefined]);
  return body.items.map((item) => item['name']);
};

describe('a list', () => {
  test.each([
    ['name=North', ['North']],
    ['area=3', ['North', 'East']],
    ['area=3&deleted=true', ['Gone']],
    ['area__lt=3', ['West']],
    ['area__gte=3', ['North', 'South', 'East']],
    ['name__in=North,East,Nowhere', ['North', 'East']],
    ['name__contains=OUTH', ['South']],
    ['note__contains=had', ['North']],
    ['note__isnull=true&area=3', ['East']],
    ['tags__contains=wet', ['North']],
    ['sunny=true', ['South', 'West']],
    ['no_sync=true', ['West']],
    ['sunny=true&area__gt=5', ['South']],
    ['created__gt=2020-01-01T00:00:00Z', ['North', 'South', 'East', 'West']],
    ['state=synced', ['North']],
    ['state=Error', ['South']],
    ['state=not_managed', ['West']],
    ['state=error,deleting', ['South', 'Gone']],
    ['state=waiting', ['East']],
    ['name__contains=100%25', []],
  ])('filtered by %s holds what fits', async (query, expected) => {
    expect(await names(`${BEDS}?${query}`)).toEqual(expected);
  });

  test('is filtered by links, and through a base', async () => {
    expect(await names(`${ROSES}?bed_id=${ids['south'] ?? 0}`)).toEqual(['climber']);
    expect(await names(`/xosapi/v1/garden/plants?bed_id__in=${ids['south'] ?? 0},0`)).toEqual(['climber']);
    expect(await names(`${BEDS}?borders_ids__contains=${ids['north'] ?? 0}`)).toEqual(['South']);
    expect(await names(`${ROSES}?thorns__gt=3`)).toEqual(['climber']);
  });

  test('tells what waits for a failed object from what only waits', async () => {
    expect(await names(`${ROSES}?state=blocked`)).toEqual(['climber']);
    expect(await names(`${ROSES}?state=waiting`)).toEqual(['climber', 'rambler']);
  });

  test.each([
    ['sort=name', ['East', 'Gone', 'North', 'South', 'West']],
    ['sort=-name', ['West', 'South', 'North', 'Gone', 'East']],
    ['sort=area', ['West', 'North', 'East', 'Gone', 'South']],
    ['sort=-area', ['South', 'Gone', 'East', 'North', 'West']],
    ['sort=note', ['South', 'East', 'West', 'Gone', 'North']],
    ['sort=-created', ['Gone', 'West', 'East', 'South', 'North']],
  ])('by %s is in that order, across pages, each object once', async (query, expected) => {
    const seen: unknown[] = [];
    let path: string | undefined = `${BEDS}?${query}&limit=2`;
    while (path !== undefined) {
      const { body } = await garden.ask('GET', path);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map((item) => item['name']));
      path = body.next;
    }
    expect(seen).toEqual(expected);
  });

  test('keeps its filter from page to page', async () => {
    const { body } = await garden.ask('GET', `${BEDS}?area=3&limit=1&name__contains=t`);
    expect(body.items.map((item) => item['name'])).toEqual(['North']);
    expect(await names(body.next ?? '')).toEqual(['East']);
  });

  test('has the fields that are asked for', async () => {
    const { body } = await garden.ask('GET', `${BEDS}?name=South&fields=name,borders,state`);
    expect(body.items).toEqual([
      {
        id: ids['south'],
        leaf_model_name: 'Bed',
        name: 'South',
        borders_ids: [ids['north']],
        state: 'Error',
      },
    ]);
  });

  test('is refused with every fault at once, each with what helps', async () => {
    const query =
      'aera=1&area=big&enacted=0.5&created__gt=0.5&gate_code=x&tags=wet&area__contains=1&name__like=x&state=eror&sort=gate_code&fields=nam&limit=0';
    const { status, body } = await garden.ask('GET', `${BEDS}?${query}`);
    expect(status).toBe(400);
    const said = body.error.faults.map(({ message }) => message).join('\n');
    for (const part of [
      'did you mean area?',
      'area must be one double',
      'enacted must be one whole number',
      'created__gt must be one time, as in 2030-01-31T18:00:00Z',
      'gate_code is secret: no list is filtered',
      'ask for tags__contains',
      'area is no text',
      'name__like: known are __in',
      'did you mean Error?',
      'did you mean name?',
      'limit must be a whole number',
    ])
      expect(said).toContain(part);
    expect(body.error.faults).toHaveLength(12);
    expect(JSON.stringify(body)).not.toContain('gate_code: x');
  });

  test('goes on from no place that it has not named', async () => {
    for (const after of ['x', 'W10', Buffer.from('[1,"x"]').toString('base64url')])
      expect((await garden.ask('GET', `${BEDS}?sort=name&after=${after}`)).status).toBe(400);
  });

  test('takes hostile values as values', async () => {
    for (const value of ["' or 1=1 --", '$1', '\\', '%', '"', '\u0000x', '{"a":1}'])
      for (const key of ['name', 'name__contains', 'name__in', 'name__lt']) {
        const { status } = await garden.ask(
          'GET',
          `${BEDS}?${key}=${encodeURIComponent(value)}&name__gt=zzz`,
        );
        expect([200, 400]).toContain(status);
      }
    expect((await garden.ask('GET', `${BEDS}?name__x%27=1`)).status).toBe(400);
  });
});
