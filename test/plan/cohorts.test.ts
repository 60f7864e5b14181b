import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { cohorts } from '../../plan/cohorts.ts';
import { byModelThenId, nameOf, type Edge } from '../../plan/graph.ts';
import { CycleError } from '../../plan/waves.ts';

const ref = (name: string): Ref => {
  const [model = '', id] = name.split('/');
  return { model, id: Number(id) };
};
const edge = (text: string): Edge => {
  const [from = '', to = ''] = text.split(' → ');
  return { from: ref(from), to: ref(to) };
};
const plan = (objects: string, edges: readonly string[], options = {}): string[] =>
  cohorts(objects.split(' ').map(ref), edges.map(edge), options).map((cohort) =>
    cohort.map(nameOf).join(' '),
  );

describe('cohorts', () => {
  test('put what an object depends on before it, and keep apart what shares nothing', () => {
    expect(plan('B/1 A/3 A/2 C/9', ['A/3 → B/1', 'A/2 → B/1'])).toEqual(['B/1 A/2 A/3', 'C/9']);
  });

  test('are reversed for deletion', () => {
    expect(plan('B/1 A/3 A/2 C/9', ['A/3 → B/1', 'A/2 → B/1'], { deletion: true })).toEqual([
      'A/3 A/2 B/1',
      'C/9',
    ]);
  });

  test('heed every link within one model, given twice or not, and none to the object itself', () => {
    expect(plan('N/1 N/2 N/10', ['N/1 → N/2', 'N/1 → N/2', 'N/2 → N/10', 'N/10 → N/10'])).toEqual([
      'N/10 N/2 N/1',
    ]);
  });

  test('cannot be made of a circle, which is named in its order', () => {
    const circle = (): unknown =>
      plan('A/1 A/2 A/3 B/1', ['B/1 → A/3', 'A/3 → A/2', 'A/2 → A/1', 'A/1 → A/3']);
    expect(circle).toThrow(CycleError);
    expect(circle).toThrow('A/1 → A/3 → A/2 → A/1');
  });

  test('cannot be made with an edge to what is not there', () => {
    expect(() => plan('A/1', ['A/1 → A/2'])).toThrow('A/2 has an edge, and is not among the objects');
  });

  test('of a chain and of a star of 100,000 objects are found at once', () => {
    const objects = Array.from({ length: 100_000 }, (_, id) => ({ model: 'A', id }));
    const toFirst = objects.slice(1).map((from) => ({ from, to: { model: 'A', id: 0 } }));
    const toNext = objects.slice(1).map((to, id) => ({ from: { model: 'A', id }, to }));
    expect(cohorts(objects, toFirst)).toEqual([objects]);
    expect(cohorts(objects, toNext)).toEqual([objects.toReversed()]);
  });

  test('are those of a naive reference, in any order of the input', () => {
    fc.assert(
      fc.property(graphs, fc.infiniteStream(fc.nat()), ({ objects, edges }, random) => {
        const keyed = objects.map((object) => ({ object, key: random.next().value as number }));
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ object }) => object);
        expect(outcome(() => cohorts(shuffled, edges.toReversed()))).toEqual(
          outcome(() => naiveCohorts(objects, edges)),
        );
      }),
      { numRuns: 10_000 },
    );
  });

  test('are refused for a circle that is one', () => {
    fc.assert(
      fc.property(graphs, ({ objects, edges }) => {
        try {
          cohorts(objects, edges);
        } catch (error) {
          if (!(error instanceof CycleError)) throw error;
          const circle = error.objects.map(nameOf);
          expect(new Set(circle).size).toBe(circle.length);
          const pairs = circle.map((name, at) => `${name} → ${circle[(at + 1) % circle.length] ?? ''}`);
          const known = edges.map(({ from, to }) => `${nameOf(from)} → ${nameOf(to)}`);
          expect(known).toEqual(expect.arrayContaining(pairs));
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

const graphs = fc
  .uniqueArray(fc.record({ model: fc.constantFrom('A', 'B', 'b'), id: fc.integer({ min: 1, max: 12 }) }), {
    selector: nameOf,
    minLength: 1,
    maxLength: 9,
  })
  .chain((objects) =>
    fc.record({
      objects: fc.constant(objects),
      edges: fc.array(fc.record({ from: fc.constantFrom(...objects), to: fc.constantFrom(...objects) }), {
        maxLength: 10,
      }),
    }),
  );

/** As slow and as plain as it can be said: look at everything again for every object. */
function naiveCohorts(objects: readonly Ref[], edges: readonly Edge[]): Ref[][] {
  const sorted = [...objects].sort(byModelThenId);
  const needs = (object: Ref): Ref[] =>
    edges.filter(({ from, to }) => from === object && to !== object).map(({ to }) => to);
  const depth = (object: Ref, above: readonly Ref[]): number => {
    if (above.includes(object)) throw new CycleError([]);
    return Math.max(-1, ...needs(object).map((to) => depth(to, [...above, object]))) + 1;
  };
  const inOrder = sorted
    .map((object) => ({ object, depth: depth(object, []) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ object }) => object);

  const together = new Map(sorted.map((object, index) => [object, index]));
  for (let pass = 0; pass < objects.length; pass += 1) {
    for (const { from, to } of edges) {
      const least = Math.min(together.get(from) ?? 0, together.get(to) ?? 0);
      together.set(from, least).set(to, least);
    }
  }
  return sorted
    .map((_, index) => inOrder.filter((object) => together.get(object) === index))
    .filter((cohort) => cohort.length > 0);
}

function outcome(work: () => Ref[][]): string[][] | 'a circle' {
  try {
    return work().map((cohort) => cohort.map(nameOf));
  } catch (error) {
    if (error instanceof CycleError) return 'a circle';
    throw error;
  }
}
