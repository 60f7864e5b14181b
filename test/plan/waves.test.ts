import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import type { Edge } from '../../plan/graph.ts';
import { CycleError, wavesBesideCircles, wavesOf } from '../../plan/waves.ts';

const object = (id: number): Ref => ({ model: 'N', id });
const ids = (refs: readonly Ref[]): number[] => refs.map(({ id }) => id);

/** Without circles: each depends on lower numbers alone. */
const graph = fc
  .array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
  .map((lists) => ({
    objects: lists.map((_, id) => object(id)),
    edges: lists.flatMap((to, id) =>
      to.filter((one) => one < id).map((one): Edge => ({ from: object(id), to: object(one) })),
    ),
  }));

/** How many stand in the longest chain that ends here, looked for along every way. */
const depth = (id: number, edges: readonly Edge[], known = new Map<number, number>()): number => {
  const before = known.get(id);
  if (before !== undefined) return before;
  const ahead = edges.filter(({ from }) => from.id === id).map(({ to }) => depth(to.id, edges, known));
  known.set(id, 1 + Math.max(0, ...ahead));
  return known.get(id) ?? 0;
};

describe('waves', () => {
  test('begin with what waits for nothing, and each waits for the one before', () => {
    const edges = [
      { from: object(3), to: object(1) },
      { from: object(3), to: object(2) },
      { from: object(4), to: object(3) },
    ];
    const { waves, chain } = wavesOf([1, 2, 3, 4, 5].map(object), edges);
    expect(waves.map(ids)).toEqual([[1, 2, 5], [3], [4]]);
    expect(ids(chain)).toEqual([1, 3, 4]);
    expect(wavesOf([], [])).toEqual({ waves: [], chain: [] });
  });

  test('put everything as early as it can be, and the chain is a longest one', () => {
    fc.assert(
      fc.property(graph, ({ objects, edges }) => {
        const { waves, chain } = wavesOf(objects, edges);
        const known = new Map<number, number>();
        waves.forEach((wave, at) =>
          wave.forEach(({ id }) => expect([id, depth(id, edges, known)]).toEqual([id, at + 1])),
        );
        expect(waves.flat()).toHaveLength(objects.length);
        expect(chain).toHaveLength(waves.length);
        chain
          .slice(1)
          .forEach((one, at) =>
            expect(edges.some(({ from, to }) => from.id === one.id && to.id === chain[at]?.id)).toBe(true),
          );
      }),
    );
  });

  test('name a circle', () => {
    const edges = [
      { from: object(1), to: object(2) },
      { from: object(2), to: object(1) },
    ];
    expect(() => wavesOf([object(1), object(2)], edges)).toThrow(CycleError);
  });

  test('beside circles leave out these and what waits for them, and order the rest', () => {
    const edges = [
      { from: object(1), to: object(2) },
      { from: object(2), to: object(1) },
      { from: object(3), to: object(1) },
      { from: object(1), to: object(4) },
      { from: object(5), to: object(4) },
    ];
    const { waves, chain, circle } = wavesBesideCircles([1, 2, 3, 4, 5].map(object), edges);
    expect(waves.map(ids)).toEqual([[4], [5]]);
    expect([ids(chain), ids(circle)]).toEqual([
      [4, 5],
      [1, 2],
    ]);
    expect(wavesBesideCircles([object(1)], [])).toEqual({
      waves: [[object(1)]],
      chain: [object(1)],
      circle: [],
    });
  });
});
