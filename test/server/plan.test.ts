import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiPlan } from '../../client/operate-wire.ts';
import type { Ref } from '../../model/definition.ts';
import { recordSynced } from '../../store/attempts.ts';
import { attemptsOn, type Attempts } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

const ME = { name: 'a test' };
let garden: Garden;
let attempts: Attempts;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
  attempts = attemptsOn(garden.store);
});
afterAll(() => garden.close());

const post = (body: unknown) => garden.ask('POST', '/xosapi/v1/accord/plan', body);
const plan = async (body: unknown = {}): Promise<ApiPlan> => {
  const answer = await post(body);
  expect([answer.status, answer.body.error]).toEqual([200, undefined]);
  return answer.body as unknown as ApiPlan;
};
const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
  garden.store.write(ME, (tx) => tx.create(model, fields));
const spell = ({ model, id }: Ref): string => `${model}/${id}`;
/** A bed and a rose in it that the back end has. */
async function planted(name: string): Promise<{ bed: Ref; rose: Ref }> {
  const bed = await create('Bed', { name, area: 2, gate_code: 'hunter2' });
  const rose = await create('Rose', { name, bed });
  await attempts.sync(bed);
  await attempts.sync(rose);
  return { bed, rose };
}
const shown = ({ items }: ApiPlan) => items.map(({ act, object, name, wave }) => [act, object ?? name, wave]);

describe('POST …/accord/plan', () => {
  test('says what would be created and changed, in which waves, and stores nothing', async () => {
    const { bed } = await planted('old');
    const before = await garden.ask('GET', '/xosapi/v1/accord/events?limit=1000');
    const answer = await plan({
      items: [
        { model: 'Rose', name: 'new rose', bed: 'Bed/new', thorns: 3 },
        { model: 'Bed', name: 'new', gate_code: 'hunter3', borders: ['old'] },
        { model: 'Bed', name: 'old', area: 3, gate_code: 'hunter4' },
        { model: 'Rose', name: 'old' },
      ],
    });
    expect(shown(answer)).toEqual([
      ['change', spell(bed), 1],
      ['create', 'new', 2],
      ['create', 'new rose', 3],
    ]);
    expect(answer).toMatchObject({ create: 2, change: 1, resync: 0, delete: 0, unchanged: 1, waves: 3 });
    expect(answer.chain).toEqual([spell(bed), 'Bed/new', 'Rose/new rose']);
    const [changed, created, rose] = answer.items;
    expect([changed?.item, created?.item, rose?.item]).toEqual([2, 1, 0]);
    expect(changed?.changes).toEqual({
      area: { before: 2, after: 3 },
      gate_code: { before: '(secret)', after: '(secret)' },
    });
    expect(created?.changes).toMatchObject({
      name: { before: null, after: 'new' },
      gate_code: { before: null, after: '(secret)' },
    });
    expect(rose?.changes['bed']).toEqual({ before: null, after: 'Bed/new' });
    expect(created?.changes['borders']).toEqual({ before: null, after: [spell(bed)] });
    expect(rose?.after).toEqual(['Bed/new']);
    expect((await garden.ask('GET', '/xosapi/v1/accord/events?limit=1000')).body.items).toEqual(
      before.body.items,
    );
    expect((await garden.ask('GET', '/xosapi/v1/garden/beds?name=new')).body.items).toEqual([]);
  });

  test('knows who has read what would be changed', async () => {
    const { bed } = await planted('read');
    const rose = await create('Rose', { name: 'reader', bed });
    const { fence, loaded } = await attempts.begin(rose);
    const fields = [{ model: 'Bed', target: bed.id, field: 'area', value: 2 }];
    await recordSynced(garden.store.database, fence, {
      loaded,
      feedback: {},
      summary: null,
      reads: { fields, searches: [] },
    });
    const answer = await plan({ items: [{ model: 'Bed', id: bed.id, area: 9 }] });
    expect(shown(answer)).toEqual([
      ['change', spell(bed), 1],
      ['resync', spell(rose), 2],
    ]);
    expect(answer.items[1]?.reason).toBe(`reads ${spell(bed)}`);
    // Who has searched is asked by what is found then, also when it is new.
    const finder = await create('Rose', { name: 'finder', bed });
    const begun = await attempts.begin(finder);
    await recordSynced(garden.store.database, begun.fence, {
      loaded: begun.loaded,
      feedback: {},
      summary: null,
      reads: { fields: [], searches: [{ model: 'Bed', predicate: { note: 'shady' }, ids: [] }] },
    });
    const shady = { name: 'found', note: 'shady' };
    expect(shown(await plan({ items: [{ model: 'Bed', ...shady }] }))).toEqual([
      ['resync', spell(finder), 1],
      ['create', 'found', 1],
    ]);
    // Which is what comes of it: relays run this errand.
    const [made] = await garden.store.write(ME, (tx) => tx.apply([{ model: 'Bed', fields: shady }]));
    await garden.store.database.query('select resync_readers($1, 0)', [made?.ref.id]);
    expect(await garden.store.get(finder)).toMatchObject({ generation: 2 });
    expect(await garden.store.get(rose)).toMatchObject({ generation: 1 });
    if (made !== undefined) await attempts.sync(made.ref);
    await attempts.sync(finder);
    // What it has not read does not concern it.
    expect((await plan({ items: [{ model: 'Bed', id: bed.id, note: 'damp' }] })).items).toHaveLength(1);
  });

  test('deletes dependents first, and refuses what a deletion would', async () => {
    const { bed, rose } = await planted('going');
    const answer = await plan({ delete: [bed], cascade: true });
    expect(shown(answer)).toEqual([
      ['delete', spell(rose), 1],
      ['delete', spell(bed), 2],
    ]);
    expect(answer.items[1]?.after).toEqual([spell(rose)]);
    const refused = await post({ delete: [bed] });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'E_IN_USE']);
    expect((await post({ items: [{ model: 'Bed', name: 'x', aera: 1 }] })).body.error.faults).toHaveLength(1);
    expect((await post({ items: [1] })).status).toBe(400);
  });

  test('says which changed object waits for one that is not done yet', async () => {
    const { bed, rose } = await planted('behind');
    await garden.store.write(ME, (tx) => tx.update(bed, { area: 5 }));
    await attempts.fail(bed, 'no water');
    const answer = await plan({ items: [{ model: 'Rose', id: rose.id, thorns: 1 }] });
    expect(shown(answer)).toEqual([
      ['pending', spell(bed), 1],
      ['change', spell(rose), 2],
    ]);
    expect(answer.items[0]?.reason).toContain('no water');
    await attempts.sync(bed);
  });

  test('without changes says what is to be done now', async () => {
    expect(await plan()).toMatchObject({ items: [], waves: 0, chain: [] });
    const { bed, rose } = await planted('again');
    const fresh = await create('Rose', { name: 'fresh', bed });
    await garden.store.write(ME, (tx) => tx.update(bed, { area: 5 }));
    const answer = await plan();
    expect(shown(answer)).toEqual([
      ['resync', spell(bed), 1],
      ['create', spell(fresh), 2],
    ]);
    await attempts.sync(bed);
    await attempts.sync(fresh);
    await garden.store.write(ME, (tx) => tx.remove(rose));
    expect(shown(await plan())).toEqual([['delete', spell(rose), 1]]);
  });
});
