import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiStanding } from '../../client/operate-wire.ts';
import type { ApiErrorBody, ApiList } from '../../client/wire.ts';
import type { Ref } from '../../model/definition.ts';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

const PATH = '/xosapi/v1/accord/objects';
const ME = { name: 'a test' };

let garden: Garden;
let beds: readonly Ref[];
let roses: readonly Ref[];
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  const { store } = garden;
  const attempts = attemptsOn(store);
  const create = (model: string, fields: Record<string, unknown>) =>
    store.write(ME, (tx) => tx.create(model, fields));
  beds = [
    await create('Bed', { name: 'Sunny' }),
    await create('Bed', { name: 'shade', gate_code: 'sesame' }),
    await create('Bed', { name: 'wet' }),
  ];
  const [sunny, shade, wet] = beds as [Ref, Ref, Ref];
  roses = [
    await create('Rose', { name: 'sunlit', bed: sunny }),
    await create('Rose', { name: 'pale', bed: shade }),
  ];
  await attempts.sync(sunny);
  await attempts.fail(shade, 'HTTP 503 from the pump');
  for (const rose of roses) await attempts.look(rose);
  await store.pause(ME, { scope: 'object', name: String(wet.id) }, { reason: '' });
});
afterAll(() => garden.close());

const list = async (query = ''): Promise<ApiList<ApiStanding>> => {
  const { status, body } = await garden.ask('GET', `${PATH}${query}`);
  expect([query, status]).toEqual([query, 200]);
  return body as unknown as ApiList<ApiStanding>;
};
const found = async (query: string): Promise<string[]> =>
  (await list(query)).items.map(({ object }) => object);
const spell = ({ model, id }: Ref): string => `${model}/${id}`;
const refused = async (query: string): Promise<ApiErrorBody['error']> => {
  const { body } = await garden.ask('GET', `${PATH}${query}`);
  return body.error;
};

describe('the list of all objects', () => {
  test('shows each as it is shown by itself', async () => {
    const { items, next } = await list();
    expect(next).toBeUndefined();
    expect(items.map(({ object }) => object)).toEqual([...beds, ...roses].map(spell));
    for (const item of items) {
      const [model = '', id] = item.object.split('/');
      const object = await garden.store.get({ model, id: Number(id) });
      expect(item).toMatchObject({
        state: object?.state,
        backend_code: object?.backend_code,
        backend_status: object?.backend_status,
        root: object?.root ? spell(object.root) : null,
      });
    }
    expect(items[4]).toMatchObject({
      name: 'pale',
      state: 'Waiting',
      backend_code: 2,
      root: spell(beds[1] as Ref),
    });
  });

  test('finds by model, with its descendants, and by state', async () => {
    expect(await found('?model=plant')).toEqual(roses.map(spell));
    expect(await found('?model=Bed,Rose')).toHaveLength(5);
    expect(await found('?state=blocked')).toEqual([spell(roses[1] as Ref)]);
    expect(await found('?state=error,paused')).toEqual([beds[1], beds[2]].map((ref) => spell(ref as Ref)));
    expect(await found('?state=synced&model=Rose')).toEqual([]);
    expect(await found('?state=waiting&model=Rose')).toEqual([spell(roses[0] as Ref)]);
  });

  test('finds by words of names, of Model/id, and of what the last attempt said', async () => {
    const [sunny, shade] = beds as [Ref, Ref];
    expect(await found('?q=SUN')).toEqual([spell(sunny), spell(roses[0] as Ref)]);
    expect(await found('?q=sun rose')).toEqual([spell(roses[0] as Ref)]);
    expect(await found('?q=503')).toEqual([spell(shade)]);
    expect(await found(`?q=bed/${sunny.id}`)).toEqual([spell(sunny)]);
    expect(await found('?q=sesame')).toEqual([]);
    expect(await found(`?q=${encodeURIComponent("%' or 1=1 --")}`)).toEqual([]);
  });

  test('goes on page by page, and ends where it is told to', async () => {
    const all: string[] = [];
    let pages = 0;
    for (
      let next: string | undefined = '?limit=2&state=synced,error,blocked,paused,waiting';
      next !== undefined;
    ) {
      const page: ApiList<ApiStanding> = await list(next.replace(PATH, ''));
      all.push(...page.items.map(({ object }) => object));
      next = page.next;
      pages += 1;
    }
    expect(all).toEqual(await found(''));
    expect(pages).toBe(3);
    const [first, , third] = beds as [Ref, Ref, Ref];
    expect(await found(`?after=${first.id}&until=${third.id}`)).toEqual(beds.slice(1).map(spell));
  });

  test('says what is wrong with what was asked', async () => {
    const { faults } = await refused('?limit=0&after=x&nmae=1');
    expect(faults.map(({ field }) => field).toSorted()).toEqual(['after', 'limit', 'nmae']);
    expect((await refused('?state=eror')).message).toContain('did you mean Error?');
    expect((await refused('?model=Rsoe')).message).toContain('did you mean Rose?');
    expect((await refused('?q=%00')).faults[0]?.field).toBe('q');
    expect((await refused('?q=a+b+c+d+e+f+g+h+i+j+k')).faults[0]?.field).toBe('q');
  });
});
