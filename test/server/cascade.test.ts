import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCascade } from '../../client/operate-wire.ts';
import type { Ref } from '../../model/definition.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
});
afterAll(() => garden.close());

const ME = { name: 'a test' };
const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
  garden.store.write(ME, (tx) => tx.create(model, fields));
const spell = ({ model, id }: Ref): string => `${model}/${id}`;
const cascade = async (ref: Ref, query = ''): Promise<ApiCascade> => {
  const path = `/xosapi/v1/accord/objects/${spell(ref)}/cascade${query}`;
  return (await garden.ask('GET', path)).body as unknown as ApiCascade;
};
const names = ({ items }: ApiCascade): string[] => items.map(({ object }) => object);

describe('what would be deleted with an object', () => {
  test('is what the deletion then marks, each behind those that depend on it', async () => {
    const wet = await create('Bed', { name: 'wet' });
    const shade = await create('Bed', { name: 'shade', borders: [wet.id] });
    // By id it comes last, by its links it hangs on both.
    const red = await create('Rose', { name: 'red', bed: shade });
    const white = await create('Rose', { name: 'white', bed: wet });
    await create('Rose', { name: 'elsewhere', bed: await create('Bed', { name: 'dry' }) });
    const all = await cascade(wet);
    expect(all).toMatchObject({
      total: 4,
      models: [
        { model: 'Bed', total: 2 },
        { model: 'Rose', total: 2 },
      ],
      protected: { count: 0, first: [] },
    });
    expect(names(all)).toEqual([red, white, shade, wet].map(spell));
    expect(all.items[0]?.name).toBe('red');
    const marked = await garden.store.write(ME, (tx) => tx.remove(wet, { cascade: true }));
    expect(marked.map(spell).toSorted()).toEqual(names(all).toSorted());
    expect(await cascade(wet)).toMatchObject({ total: 0, items: [] });
  });

  test('is counted as a whole and told in parts, with what nobody may delete', async () => {
    const hub = await create('Bed', { name: 'hub' });
    await garden.store.write(ME, async (tx) => {
      for (let number = 1; number <= 150; number += 1)
        await tx.create('Rose', { name: `r${number}`, bed: hub, write_protect: number === 7 });
    });
    const first = await cascade(hub, '?limit=100');
    expect([first.total, first.items.length, first.protected.count]).toEqual([151, 100, 1]);
    expect(first.protected.first).toMatchObject([{ name: 'r7' }]);
    const rest = (await garden.ask('GET', first.next ?? '')).body as unknown as ApiCascade;
    expect(rest.next).toBeUndefined();
    expect(new Set([...names(first), ...names(rest)]).size).toBe(151);
    expect(names(rest).at(-1)).toBe(spell(hub));
  });

  test('is told of objects in a circle, too', async () => {
    const one = await create('Bed', { name: 'one' });
    const other = await create('Bed', { name: 'other', borders: [one.id] });
    await garden.store.database.query('insert into links (src, field, dst) values ($1, $2, $3)', [
      ...[one.id, 'borders', other.id],
    ]);
    expect(names(await cascade(one))).toEqual([other, one].map(spell));
  });
});
