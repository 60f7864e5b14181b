import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostileValues, HOSTILE_JSON, HOSTILE_NAMES } from '../backend/hostile-values.ts';
import { field, link, model } from '../support/models.ts';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Answer, type Garden } from './garden.ts';

const BEDS = '/xosapi/v1/garden/beds';
const ACCORD = '/xosapi/v1/accord';
/** Many requests, on a machine that may be slow. */
const PATIENCE = { timeout: 300_000 };

let garden: Garden;
let bed: number;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  bed = (await garden.ask('POST', BEDS, { name: 'bed' })).body.id;
  await attemptsOn(garden.store).sync({ model: 'Bed', id: bed });
});
afterAll(() => garden.close());

/** Ask, and let nothing pass but an answer, or a refusal that says why. */
async function ask(...[method, path, body, headers]: Parameters<Garden['ask']>): Promise<Answer> {
  const answer = await garden.ask(method, path, body, headers);
  const what = `${method} ${path} ${JSON.stringify({ body, headers })}`.slice(0, 400);
  expect(answer.status, what).toBeLessThan(500);
  if (answer.status >= 400) expect(answer.body.error.message, what).toMatch(/\w{2}/);
  return answer;
}

/** As it stands in an address; half of a surrogate pair as careless programs write it. */
const escaped = (text: string): string =>
  text.isWellFormed() ? encodeURIComponent(text).replaceAll('.', '%2e') : '%ED%A0%80';

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

test('a hostile value is kept as it is, and found by it', PATIENCE, async () => {
  const values = [...hostileValues('/nowhere'), '\ud800', 'a\udfff'];
  const items = values.map((note, at) => ({ model: 'Bed', name: `v${at}`, note }));
  const refused = await ask('POST', `${ACCORD}/apply`, { items });
  expect(refused.status).toBe(400);
  const unfit = values.flatMap((value, at) => (isStorable(value) ? [] : [`items[${at}].note`]));
  expect(unfit.length).toBeGreaterThanOrEqual(4);
  expect(refused.body.error.faults.map(({ field }) => field)).toEqual(unfit);

  const kept = items.filter(({ note }) => isStorable(note));
  expect((await ask('POST', `${ACCORD}/apply`, { items: kept })).status).toBe(200);
  const { body } = await ask('GET', `${BEDS}?limit=1000&name__contains=v`);
  expect(body.items.map((item) => item['note'])).toEqual(kept.map(({ note }) => note));
  for (const { note } of kept.filter((one) => one.note.length < 1_000)) {
    const found = await ask('GET', `${BEDS}?fields=note&note=${escaped(note)}`);
    expect(new Set(found.body.items.map((item) => item['note']))).toEqual(new Set([note]));
  }
});

test('a hostile name in a path leads nowhere', PATIENCE, async () => {
  const of = ['graph', 'why', 'cascade', 'dependencies', 'dependents', 'attempts', 'events'];
  const at = (name: string): [method: string, path: string][] => [
    ...of.map((sub): [string, string] => ['GET', `${ACCORD}/objects/${name}/${bed}/${sub}`]),
    ...of.map((sub): [string, string] => ['GET', `${ACCORD}/objects/Bed/${name}/${sub}`]),
    ...['', '/output', '/bundle', '/events'].map((sub): [string, string] => [
      'GET',
      `${ACCORD}/objects/Bed/${bed}/attempts/${name}${sub}`,
    ]),
    ...['models', 'synchronizers'].flatMap((what): [string, string][] => [
      ['POST', `${ACCORD}/${what}/${name}/pause`],
      ['POST', `${ACCORD}/${what}/${name}/resume`],
    ]),
    ['POST', `${ACCORD}/objects/Bed/${name}/pause`],
    ['POST', `${ACCORD}/objects/${name}/${bed}/sync`],
    ['POST', `${ACCORD}/objects/Bed/${name}/sync`],
    ['GET', `/xosapi/v1/${name}/beds`],
    ['POST', `/xosapi/v1/garden/${name}`],
    ...['GET', 'PATCH', 'PUT', 'DELETE'].map((method): [string, string] => [method, `${BEDS}/${name}`]),
  ];
  for (const name of HOSTILE_NAMES.filter((one) => one !== ''))
    for (const [method, path] of at(escaped(name))) {
      const answer = await ask(method, path, ['GET', 'DELETE'].includes(method) ? undefined : {});
      expect([400, 404, 405, 414], `${method} ${path}`).toContain(answer.status);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
    }
});

test.each([
  [BEDS, ['name', 'area', 'id__in', 'created__lt', 'tags__contains', 'borders_ids__contains']],
  [BEDS, ['note__isnull', 'state', 'sort', 'fields', 'after', 'limit', 'sort=name&after', 'leaf_model_name']],
  [`${ACCORD}/objects`, ['model', 'state', 'q', 'after', 'until', 'limit']],
  [`${ACCORD}/events`, ['after', 'limit', 'model']],
  [`${ACCORD}/objects/Bed/1/events`, ['before', 'limit']],
  [`${ACCORD}/objects/Bed/1/attempts/1/events`, ['after', 'limit']],
  [`${ACCORD}/objects/Bed/1/graph`, ['hops']],
])('a hostile query of %s is answered or refused: %j', PATIENCE, async (path, keys) => {
  for (const name of HOSTILE_NAMES.map(escaped)) {
    for (const key of keys) await ask('GET', `${path}?${key}=${name}`);
    for (const key of [name, `${name}__lt`, `name__${name}`]) {
      const { status } = await ask('GET', `${path}?${key}=1`);
      if (name !== '') expect(status, `${path}?${key}=1`).toBe(400);
    }
  }
});

test('a list goes on from no place that the database cannot hold', async () => {
  for (const value of HOSTILE_JSON.filter((json) => json.length < 1_000))
    for (const sort of ['name', 'area', 'created', 'bed_id']) {
      const after = Buffer.from(`[${value},-1]`).toString('base64url');
      await ask('GET', `${sort === 'bed_id' ? '/xosapi/v1/garden/roses' : BEDS}?sort=${sort}&after=${after}`);
    }
});

test('a hostile header is answered or refused', async () => {
  const headers = [
    'if-match',
    'last-event-id',
    'authorization',
    'accept',
    'host',
    'origin',
    'x-forwarded-for',
  ];
  const cursors = ['0-0', '9999999999999999999-1', '18446744073709551616-0', '1-999999999999999', '-1--1'];
  // What is none of these, no client can send.
  const values = [...HOSTILE_NAMES, ...cursors].filter((one) => /^[\t\x20-\x7e\x80-\xff]*$/.test(one));
  for (const name of headers)
    for (const value of values) {
      await ask('GET', `${ACCORD}/events?limit=1`, undefined, { [name]: value });
      await ask('PATCH', `${BEDS}/${bed}`, {}, { [name]: value });
    }
});

test('a hostile body is answered or refused', PATIENCE, async () => {
  const objects: [string, string][] = [
    ['POST', BEDS],
    ['PATCH', `${BEDS}/${bed}`],
    ['PUT', `${BEDS}/${bed}`],
  ];
  const lists: [string, string][] = [
    ['POST', `${ACCORD}/apply?dry_run=true`],
    ['POST', `${ACCORD}/plan`],
  ];
  const pause: [string, string][] = [['POST', `${ACCORD}/objects/Bed/${bed}/pause`]];
  const askAll = async (doors: readonly [string, string][], body: string): Promise<void> => {
    for (const [method, path] of doors) await ask(method, path, body);
  };
  for (const json of HOSTILE_JSON) {
    const isLong = json.length > 1_000;
    await askAll([...objects, ...lists, ...pause], json);
    for (const field of isLong ? ['name'] : ['name', 'area', 'tags', 'note', 'borders_ids', 'version'])
      await askAll(objects, `{"${field}": ${json}}`);
    for (const field of ['reason', 'until']) await askAll(pause, `{"${field}": ${json}}`);
    await askAll(lists, `{"items": [${json}]}`);
    for (const field of isLong ? ['name'] : ['model', 'id', 'name', 'borders', 'borders_ids'])
      await askAll(lists, `{"items": [{"model": "Bed", "name": "x", "${field}": ${json}}]}`);
    await askAll(lists, `{"delete": [{"model": ${json}, "id": ${isLong ? 1 : json}}]}`);
  }
});

test('a field that is called as what every object has is not lost on the way', async () => {
  const { status, body } = await ask(
    'POST',
    `${ACCORD}/apply`,
    '{"items": [{"model": "Bed", "name": "x", "__proto__": {"a": 1}, "constructor": 1}]}',
  );
  expect(status).toBe(400);
  expect(body.error.faults.map(({ field }) => field)).toEqual(['items[0].__proto__', 'items[0].constructor']);
});

test('members that are called as what every object has are members like any other', async () => {
  const definition = model('constructor', {
    plural: 'constructors',
    fields: [
      field('name'),
      field('toString', { nullable: true }),
      field('isPrototypeOf', { nullable: true, state: 'feedback' }),
    ],
    links: [link('valueOf', 'Bed')],
  });
  await garden.store.register({
    synchronizer: 'constructor',
    models: [{ definition, hasStep: false, hasPolicy: false }],
  });
  const all = `/xosapi/v1/${definition.app}/constructors`;
  const made = await ask('POST', all, { name: 'a', toString: 'b' });
  const one = `${all}/${made.body.id}`;
  expect((await ask('PATCH', one, { name: 'c' })).body).toMatchObject({ toString: 'b', isPrototypeOf: null });
  expect((await ask('PATCH', one, { valueOf_id: bed })).body).toMatchObject({ valueOf_id: bed });
  expect((await ask('PUT', one, { name: 'd' })).body).toMatchObject({ toString: null, valueOf_id: null });
  expect((await ask('GET', `${all}?toString__isnull=true&sort=toString`)).body.items).toHaveLength(1);
});
