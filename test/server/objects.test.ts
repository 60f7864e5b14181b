import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

const BEDS = '/xosapi/v1/garden/beds';
const ROSES = '/xosapi/v1/garden/roses';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

const newBed = async (fields: object = {}) =>
  (await garden.ask('POST', BEDS, { name: 'bed', ...fields })).body;
let roses = 0;
const newRose = async (fields: object) =>
  (await garden.ask('POST', ROSES, { name: `rose-${(roses += 1)}`, ...fields })).body;

describe('an object', () => {
  test('is created with its defaults, and says where it is', async () => {
    const { status, headers, body } = await garden.ask('POST', BEDS, { name: 'south', tags: ['dry'] });
    expect(status).toBe(201);
    expect(headers).toMatchObject({ location: `${BEDS}/${body.id}`, etag: '"1"' });
    expect(body).toMatchObject({
      name: 'south',
      area: 1,
      sunny: false,
      note: null,
      tags: ['dry'],
      borders_ids: [],
    });
  });

  test('shows its bookkeeping beside its fields', async () => {
    const bed = await newBed();
    const rose = await newRose({ bed_id: bed.id });
    const { body } = await garden.ask('GET', `${ROSES}/${rose.id}`);
    expect(body).toMatchObject({
      id: rose.id,
      leaf_model_name: 'Rose',
      bed_id: bed.id,
      thorns: null,
      state: 'Waiting',
      backend_code: 0,
      enacted: null,
      generation: 1,
      deleted: false,
      failures: 0,
      next_attempt_at: null,
      root: null,
      no_sync: false,
      no_policy: false,
      pretend: false,
      write_protect: false,
      backend_need_delete: false,
      backend_need_reap: false,
    });
    expect(body.created).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(body.updated).toMatch(/Z$/);
    expect(typeof body.backend_status).toBe('string');
  });

  test('never shows a secret, neither when written nor when read', async () => {
    const created = await garden.ask('POST', BEDS, { name: 'vault', gate_code: 'hunter2' });
    const listed = await garden.ask('GET', BEDS);
    const stale = await garden.ask(
      'PATCH',
      `${BEDS}/${created.body.id}`,
      { name: 'x' },
      { 'if-match': '"9"' },
    );
    expect(stale.status).toBe(409);
    expect(JSON.stringify([created.body, listed.body, stale.body])).not.toContain('hunter2');
    expect(created.body).not.toHaveProperty('gate_code');
  });

  test('is read under its base as well', async () => {
    const rose = await newRose({ bed_id: (await newBed()).id });
    const { body } = await garden.ask('GET', `/xosapi/v1/garden/plants/${rose.id}`);
    expect(body).toMatchObject({ id: rose.id, leaf_model_name: 'Rose', thorns: null });
  });

  test('links to many by a list of ids', async () => {
    const [a, b] = [await newBed(), await newBed()];
    const { body } = await garden.ask('POST', BEDS, { name: 'c', borders_ids: [a.id, b.id] });
    expect(body['borders_ids']).toEqual([a.id, b.id]);
  });
});

describe('PATCH', () => {
  test('changes what it names, clears what is null, and leaves the rest', async () => {
    const bed = await newBed({ note: 'damp', area: 4 });
    const { status, body } = await garden.ask('PATCH', `${BEDS}/${bed.id}`, { note: null, sunny: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'bed', note: null, sunny: true, area: 4, version: 2 });
  });

  test('writes through a base to the leaf', async () => {
    const rose = await newRose({ bed_id: (await newBed()).id });
    const { body } = await garden.ask('PATCH', `/xosapi/v1/garden/plants/${rose.id}`, { thorns: 7 });
    expect(body).toMatchObject({ thorns: 7, generation: 2 });
  });

  test('of a model that has a field version means that field', async () => {
    const rose = await newRose({ bed_id: (await newBed()).id, version: '1.0' });
    const { headers, body } = await garden.ask(
      'PATCH',
      `${ROSES}/${rose.id}`,
      { version: '1.1' },
      { 'if-match': '"1"' },
    );
    expect([body.version, headers['etag']]).toEqual(['1.1', '"2"']);
  });

  test('sets the flags that people may set', async () => {
    const bed = await newBed();
    const { body } = await garden.ask('PATCH', `${BEDS}/${bed.id}`, {
      no_sync: true,
      write_protect: true,
      pretend: true,
    });
    expect(body).toMatchObject({ no_sync: true, write_protect: true, pretend: true });
  });

  test.each([
    ['If-Match', {}, { 'if-match': '"1"' }],
    ['version', { version: 1 }, {}],
  ])('made against an older version by %s is refused with what is stored', async (_name, inBody, headers) => {
    const bed = await newBed();
    await garden.ask('PATCH', `${BEDS}/${bed.id}`, { name: 'theirs' });
    const { status, body } = await garden.ask(
      'PATCH',
      `${BEDS}/${bed.id}`,
      { name: 'mine', ...inBody },
      headers,
    );
    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: 'E_STALE', current: { name: 'theirs', version: 2 } });
  });

  test('made against the stored version is accepted', async () => {
    const bed = await newBed();
    const { body } = await garden.ask(
      'PATCH',
      `${BEDS}/${bed.id}`,
      { name: 'mine' },
      { 'if-match': 'W/"1"' },
    );
    expect(body).toMatchObject({ name: 'mine', version: 2 });
  });
});

describe('PUT', () => {
  test('replaces the goal: what it leaves out gets its default, or null', async () => {
    const bed = await newBed({ note: 'damp', area: 4, tags: ['dry'], no_sync: true });
    const { body } = await garden.ask('PUT', `${BEDS}/${bed.id}`, { name: 'new' });
    expect(body).toMatchObject({ name: 'new', note: null, area: 1, tags: [], no_sync: false });
  });

  test('keeps a secret that it leaves out', async () => {
    const bed = await newBed({ gate_code: 'hunter2' });
    await garden.ask('PUT', `${BEDS}/${bed.id}`, { name: 'new' });
    const stored = await garden.store.get({ model: 'Bed', id: bed.id });
    expect(stored?.declarative['gate_code']).toBe('hunter2');
  });

  test('names what is required along with what is wrong', async () => {
    const rose = await newRose({ bed_id: (await newBed()).id });
    const { status, body } = await garden.ask('PUT', `${ROSES}/${rose.id}`, { thorns: 'many' });
    expect(status).toBe(400);
    expect(body.error.faults.map((fault) => fault.field).toSorted()).toEqual(['bed_id', 'name', 'thorns']);
  });
});

describe('DELETE', () => {
  test('marks the object, which waits for its back end', async () => {
    const bed = await newBed();
    const rose = await newRose({ bed_id: bed.id });
    await garden.ask('DELETE', `${ROSES}/${rose.id}`);
    const { status } = await garden.ask('GET', `${ROSES}/${rose.id}`);
    // Nothing was ever begun for it: with or without a worker it may be gone already.
    expect([200, 404]).toContain(status);
  });

  test('of an object in use is refused, naming what uses it', async () => {
    const bed = await newBed();
    const rose = await newRose({ bed_id: bed.id });
    const { status, body } = await garden.ask('DELETE', `${BEDS}/${bed.id}`);
    expect(status).toBe(409);
    expect(body.error).toMatchObject({ code: 'E_IN_USE', dependents: [`Rose/${rose.id}`] });
    expect((await garden.ask('GET', `${BEDS}/${bed.id}`)).body.deleted).toBe(false);
  });

  test('takes its dependents along when asked to', async () => {
    const bed = await newBed();
    const rose = await newRose({ bed_id: bed.id });
    const { status, body } = await garden.ask('DELETE', `${BEDS}/${bed.id}?cascade=true`);
    expect(status).toBe(200);
    expect(body.deleted).toEqual([`Bed/${bed.id}`, `Rose/${rose.id}`]);
  });

  test('of a protected object is refused', async () => {
    const bed = await newBed({ write_protect: true });
    const { status, body } = await garden.ask('DELETE', `${BEDS}/${bed.id}`);
    expect([status, body.error.code]).toEqual([403, 'E_PROTECTED']);
  });
});

describe('a list', () => {
  test('is read page by page, each object once', async () => {
    for (let n = 0; n < 5; n += 1) await newBed({ name: `page ${n}` });
    const seen: number[] = [];
    let path: string | undefined = `${BEDS}?limit=2`;
    while (path !== undefined) {
      const { body } = await garden.ask('GET', path);
      seen.push(...body.items.map((item) => item.id));
      path = body.next;
    }
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  });

  test('of a base holds its descendants', async () => {
    const rose = await newRose({ bed_id: (await newBed()).id });
    const { body } = await garden.ask('GET', '/xosapi/v1/garden/plants?limit=1000');
    expect(body.items).toContainEqual(expect.objectContaining({ id: rose.id, leaf_model_name: 'Rose' }));
  });

  test('is filtered by the value of a field', async () => {
    const bed = await newBed({ name: 'the only one', sunny: true });
    const { body } = await garden.ask('GET', `${BEDS}?name=the+only+one&sunny=true`);
    expect(body.items.map((item) => item.id)).toEqual([bed.id]);
  });
});

test('the registered models are described, and links are spelled as they are written', async () => {
  const { body } = await garden.ask('GET', '/xosapi/v1/accord/models');
  const rose = body.items.find((item) => item['name'] === 'Rose');
  expect(rose).toMatchObject({
    app: 'garden',
    plural: 'roses',
    synchronizer: 'garden',
    managed: true,
    bases: ['Plant'],
  });
  expect(rose?.['fields']).toContainEqual(
    expect.objectContaining({ name: 'bed_id', type: 'link', peer: 'Bed', required: true }),
  );
});
