import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from './garden.ts';

const BEDS = '/xosapi/v1/garden/beds';
const ROSES = '/xosapi/v1/garden/roses';

let garden: Garden;
let bed: number;
let deletedRose: number;
beforeAll(async () => {
  garden = await openGarden();
  bed = (await garden.ask('POST', BEDS, { name: 'bed' })).body.id;
  deletedRose = (await garden.ask('POST', ROSES, { name: 'gone', bed_id: bed })).body.id;
});
afterAll(() => garden.close());

describe('bad input stores nothing:', () => {
  let before: unknown;
  const everything = async () => [
    (await garden.ask('GET', BEDS)).body,
    (await garden.ask('GET', '/xosapi/v1/garden/plants')).body,
  ];
  beforeEach(async () => {
    before = await everything();
  });
  afterEach(async () => {
    expect(await everything()).toEqual(before);
  });

  interface Case {
    readonly body: () => unknown;
    readonly fields: readonly string[];
    readonly says: RegExp;
    readonly path?: string;
  }
  const fields = (body: object, names: readonly string[], says: RegExp, path = BEDS): Case => ({
    body: () => body,
    fields: names,
    says,
    path,
  });

  test.each<[string, Case]>([
    ['an unknown field', fields({ name: 'a', nmae: 'b' }, ['nmae'], /did you mean name/)],
    [
      'a field named __proto__',
      { body: () => '{"name": "a", "__proto__": {"x": 1}}', fields: ['__proto__'], says: /no field/ },
    ],
    [
      'a wrong type',
      fields({ name: 'a', sunny: 'yes', area: '4' }, ['area', 'sunny'], /sunny must be true or false/),
    ],
    ['a text that is too long', fields({ name: 'a'.repeat(21) }, ['name'], /at most 20 characters/)],
    ['a text that Postgres cannot hold', fields({ name: 'a\0b' }, ['name'], /NUL/)],
    ['a value out of range', fields({ name: 'a', area: -1 }, ['area'], /at least 0/)],
    ['a missing field', fields({}, ['name'], /name is required/)],
    ['null where a value is required', fields({ name: null }, ['name'], /name must/)],
    ['feedback', fields({ name: 'a', sensor: 'x' }, ['sensor'], /feedback/)],
    [
      'bookkeeping',
      fields({ name: 'a', enacted: 7, backend_status: 'OK' }, ['backend_status', 'enacted'], /bookkeeping/),
    ],
    ['a dangling link', fields({ name: 'a', bed_id: 999_999 }, ['bed_id'], /no Bed\/999999/, ROSES)],
    [
      'a link to the wrong model',
      {
        body: () => ({ name: 'a', bed_id: deletedRose }),
        fields: ['bed_id'],
        says: /is not a Bed/,
        path: ROSES,
      },
    ],
    ['a link that is no id', fields({ name: 'a', bed_id: 'x' }, ['bed_id'], /bed_id must name a Bed/, ROSES)],
    ['a link under its bare name', fields({ name: 'a', bed: 1 }, ['bed', 'bed_id'], /give bed_id/, ROSES)],
    [
      'an object of an abstract model',
      fields({ name: 'a', bed_id: 1 }, [], /abstract/, '/xosapi/v1/garden/plants'),
    ],
    [
      'a value that is nested very deeply',
      {
        body: () => `{"name": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        fields: ['name'],
        says: /name must be text/,
      },
    ],
    ['a list for a body', fields([], [], /JSON object of fields/)],
    ['null for a body', { body: () => 'null', fields: [], says: /JSON object of fields/ }],
    [
      'all of it at once',
      fields(
        { nmae: 'b', sunny: 1, sensor: 'x', enacted: 7, borders_ids: [999_999], borders: [] },
        ['borders', 'borders_ids', 'enacted', 'name', 'nmae', 'sensor', 'sunny'],
        /name is required/,
      ),
    ],
  ])('%s', async (_name, { body, fields: names, says, path = BEDS }) => {
    const answer = await garden.ask('POST', path, body());
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('E_INVALID');
    const faults = answer.body.error.faults;
    expect(faults.flatMap((fault) => fault.field ?? []).toSorted()).toEqual(names);
    expect(faults.map((fault) => fault.message).join('\n')).toMatch(says);
  });

  test.each([
    ['a broken object', '{"name": "a",\n  oops}', 'found "oops}", at line 2, column 3'],
    ['an end too early', '{"name": ["a"', 'it ends there, at line 1, column 14'],
    ['a second value', '{} {}', 'found "{}", at line 1, column 4'],
    ['a trailing comma', '{"tags": [1,]}', 'found "]}", at line 1, column 13'],
    ['a bad escape', '{"name": "\\x"}', 'at line 1, column 10'],
    ['nothing', '', 'it ends there, at line 1, column 1'],
    ['what never closes', '['.repeat(100_000), 'it ends there, at line 1, column 100001'],
    ['a big letter', '{"sunny": TRUE}', 'found "TRUE}", at line 1, column 11'],
    ['what follows a rare character', '{"name": "\x7f"; }', 'found "; }", at line 1, column 13'],
    ['YAML', 'name: a', 'found "name: a", at line 1, column 1'],
  ])('what is not JSON (%s), naming the place', async (_name, text, says) => {
    const { status, body } = await garden.ask('POST', BEDS, text);
    expect([status, body.error.code]).toEqual([400, 'E_NOT_JSON']);
    expect(body.error.message).toContain(says);
  });

  test.each(['x', '\\n'])('what is not JSON, after a string of many megabytes of %j', async (text) => {
    const broken = `{"items": "${text.repeat(10_000_000)}" oops}`;
    const { status, body } = await garden.ask('POST', '/xosapi/v1/accord/apply', broken);
    expect([status, body.error.code]).toEqual([400, 'E_NOT_JSON']);
    expect(body.error.message).toContain(`found "oops}", at line 1, column ${broken.length - 4}`);
  });

  test('a body of 10 MB', async () => {
    const { status, body } = await garden.ask('POST', BEDS, { name: 'x'.repeat(10_000_000) });
    expect([status, body.error.code]).toEqual([413, 'E_TOO_LARGE']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'a body of type %s, which a foreign page could send',
    async (type) => {
      const { status, body } = await garden.ask('POST', BEDS, '{"name": "a"}', { 'content-type': type });
      expect([status, body.error.code]).toEqual([415, 'E_MEDIA_TYPE']);
    },
  );

  test.each([
    ['If-Match that is no version', 'PATCH', '', { 'if-match': '"x"' }, /If-Match/],
    ['an unknown filter', 'GET', '?nmae=a', {}, /no field "nmae"/],
    ['a filter by a secret', 'GET', '?gate_code=1', {}, /secret/],
    ['a page size out of range', 'GET', '?limit=1001&after=-1', {}, /after must.*limit must/s],
    ['an unknown option of a deletion', 'DELETE', '?force=true', {}, /force is not known/],
  ])('%s', async (_name, method, query, headers, says) => {
    const path = method === 'GET' ? BEDS : `${BEDS}/${bed}`;
    const { status, body } = await garden.ask(
      method,
      path + query,
      method === 'PATCH' ? {} : undefined,
      headers,
    );
    expect([status, body.error.code]).toEqual([400, 'E_INVALID']);
    expect(body.error.message).toMatch(says);
  });

  test('a value that must be unique and is taken', async () => {
    const { status, body } = await garden.ask('POST', ROSES, { name: 'gone', bed_id: bed });
    expect([status, body.error.code]).toEqual([409, 'E_CONFLICT']);
    expect(body.error.faults[0]?.field).toBe('name');
  });

  test.each([
    ['an unknown model', '/xosapi/v1/garden/rosse', 'E_UNKNOWN_MODEL', /did you mean garden\/roses\?/],
    ['an unknown object', `${BEDS}/999999`, 'E_NOT_FOUND', /no Bed\/999999/],
    ['an object of another model', ROSES, 'E_NOT_FOUND', /no Rose/],
    ['what is no id', `${BEDS}/1e3`, 'E_NOT_FOUND', /no Bed\/1e3/],
    ['an id that no database has', `${BEDS}/99999999999999999999`, 'E_NOT_FOUND', /no Bed/],
    ['an unknown path', '/xosapi/v2/garden', 'E_NO_ROUTE', /nothing is at GET/],
  ])('%s is not found', async (_name, path, code, says) => {
    const { status, body } = await garden.ask('GET', path === ROSES ? `${ROSES}/${bed}` : path);
    expect([status, body.error.code]).toEqual([404, code]);
    expect(body.error.message).toMatch(says);
  });
});

test('a link to an object that is being deleted is refused', async () => {
  const kept = (await garden.ask('POST', BEDS, { name: 'kept' })).body.id;
  await garden.ask('POST', ROSES, { name: 'last', bed_id: kept });
  // An attempt has begun for the rose: it cannot simply vanish, and its bed stays until it does.
  await garden.store.database.query(
    "update objects set backend_need_delete = true where declarative->>'name' = 'last'",
  );
  await garden.ask('DELETE', `${BEDS}/${kept}?cascade=true`);
  const { status, body } = await garden.ask('POST', ROSES, { name: 'late', bed_id: kept });
  expect(status).toBe(400);
  expect(body.error.faults).toEqual([{ field: 'bed_id', message: `bed_id: Bed/${kept} is being deleted` }]);
});
