import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiGraph, ApiModelGraph } from '../../client/operate-wire.ts';
import type { Ref } from '../../model/definition.ts';
import { attemptsOn } from './attempts.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden({}, { withStep: ['Bed', 'Rose'] });
});
afterAll(() => garden.close());

const create = (model: string, fields: Record<string, unknown>): Promise<Ref> =>
  garden.store.write({ name: 'a test' }, (tx) => tx.create(model, fields));
const spell = ({ model, id }: Ref): string => `${model}/${id}`;
const graph = async (ref: Ref, query = ''): Promise<ApiGraph> =>
  (await garden.ask('GET', `/xosapi/v1/accord/objects/${spell(ref)}/graph${query}`))
    .body as unknown as ApiGraph;

describe('the graph', () => {
  test('has what is some dependencies away, in both directions, and who waits for whom', async () => {
    const attempts = attemptsOn(garden.store);
    const wet = await create('Bed', { name: 'wet' });
    const shade = await create('Bed', { name: 'shade', borders: [wet.id] });
    const [red, white] = [
      await create('Rose', { name: 'red', bed: shade }),
      await create('Rose', { name: 'white', bed: shade }),
    ];
    await attempts.fail(wet, 'HTTP 503');
    await attempts.look(shade);
    const far = await graph(red);
    expect(far.nodes.map(({ object }) => object).toSorted()).toEqual(
      [wet, shade, red, white].map(spell).toSorted(),
    );
    expect(far.nodes.find(({ object }) => object === spell(shade))).toMatchObject({
      name: 'shade',
      backend_code: 2,
    });
    expect(far.edges).toContainEqual({ from: spell(shade), to: spell(wet), waits: true });
    expect(far.edges).toContainEqual({ from: spell(red), to: spell(shade), waits: false });
    expect(far.edges).toHaveLength(3);
    expect(far.is_cut).toBe(false);

    const near = await graph(red, '?hops=1');
    expect(near.nodes.map(({ object }) => object)).toEqual([shade, red].map(spell));

    const { body } = await garden.ask('GET', '/xosapi/v1/accord/graph');
    expect((body as unknown as ApiModelGraph).edges).toEqual([
      { from: 'Bed', to: 'Bed', count: 1, waits: 1 },
      { from: 'Rose', to: 'Bed', count: 2, waits: 0 },
    ]);
    expect((await garden.ask('GET', `/xosapi/v1/accord/objects/${spell(red)}/graph?hops=9`)).status).toBe(
      400,
    );
  });

  test('says so when there are too many to tell', async () => {
    const hub = await create('Bed', { name: 'hub' });
    await garden.store.database.query(
      `with made as (insert into objects (model, declarative)
         select 'Rose', jsonb_build_object('name', 'r' || n) from generate_series(1, 600) n returning id)
       insert into links (src, field, dst) select id, 'bed', $1 from made`,
      [hub.id],
    );
    const { nodes, edges, is_cut } = await graph(hub);
    expect([nodes.length, edges.length, is_cut]).toEqual([500, 499, true]);
  });
});
