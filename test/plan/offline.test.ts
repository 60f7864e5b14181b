import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOfflineObjects } from '../../plan/offline.ts';
import { readOfflinePlan } from '../../plan/offline-file.ts';

type Links = Record<string, unknown>;
const object = (model: string, id: number, links: Links = {}) => ({ model, id, deleted: false, links });

function planned(file: object): ReturnType<typeof planOfflineObjects> {
  const { plan, faults } = readOfflinePlan(file);
  expect(faults).toEqual([]);
  return planOfflineObjects(plan);
}

const PAGES = {
  Page: [
    ['Color', 'foreground', 'pages'],
    ['Color', 'background', 'backs'],
  ],
};

describe('a plan of objects in a file', () => {
  const objects = [
    object('Page', 1, { foreground: 1, background: 2, next: 3 }),
    object('Color', 1),
    object('Color', 2),
    object('Page', 2, { foreground: null, background: [2, 2] }),
    object('Site', 1),
  ];

  test('has an edge for every parallel link, along the model dependencies only, and each once', () => {
    expect(planned({ model_deps: PAGES, objects })).toEqual({
      edges: [
        [0, 1],
        [0, 2],
        [3, 2],
      ],
      cohorts: [[1, 2, 0, 3], [4]],
    });
  });

  test('reverses each cohort for deletion', () => {
    expect(planned({ model_deps: PAGES, objects, deletion: true }).cohorts).toEqual([[3, 0, 2, 1], [4]]);
  });

  test('follows accessors with dots, over links to many', () => {
    const { edges } = planned({
      model_deps: { A: [['C', 'bs.c', 'as']] },
      objects: [
        object('A', 1, { bs: [1, 2] }),
        object('B', 1, { c: 3 }),
        object('B', 2, { c: null }),
        object('C', 1),
      ],
    });
    expect(edges).toEqual([[0, 3]]);
  });

  test.each([
    ['a deliberate one', [['B', 'fake_accessor', '']]],
    ['one without a name', [['B', '', '']]],
    ['the plain form', ['B']],
    ['one that the object does not tell', [['B', 'unknown', 'as']]],
    ['one that ends on the way', [['B', 'c.unknown', 'as']]],
  ])('takes an accessor that cannot be evaluated for all objects of that model: %s', (_, deps) => {
    const { edges } = planned({
      model_deps: { A: deps },
      objects: [object('A', 1, { c: 3 }), object('B', 1), object('B', 2), object('C', 1)],
    });
    expect(edges).toEqual([
      [0, 1],
      [0, 2],
    ]);
  });

  test('guesses at no object that waits for the guesser already, however far away', () => {
    const { edges, cohorts } = planned({
      model_deps: { A: [['C', '', '']], B: [['A', 'a', 'bs']], C: [['B', 'b', 'cs']] },
      objects: [
        object('A', 1),
        object('B', 1, { a: 0 }),
        object('C', 1, { b: 1 }),
        object('C', 2, { b: null }),
      ],
    });
    expect(edges).toEqual([
      [0, 3],
      [1, 0],
      [2, 1],
    ]);
    expect(cohorts).toEqual([[3, 0, 1, 2]]);
  });

  test('lets guesses within one model wait for the lower ids', () => {
    const { cohorts } = planned({
      model_deps: { N: [['N', 'fake_accessor', '']] },
      objects: [object('N', 3), object('N', 1), object('N', 2)],
    });
    expect(cohorts).toEqual([[1, 2, 0]]);
  });

  test('names a circle', () => {
    const circle = {
      model_deps: { N: [['N', 'up', '']] },
      objects: [object('N', 1, { up: 1 }), object('N', 2, { up: 0 })],
    };
    expect(() => planned(circle)).toThrow('N/1 → N/2 → N/1');
  });

  test('guesses as much as it can without a circle, and never makes one', () => {
    const files = fc.record({
      deps: fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('A', 'B', 'C')), {
        maxLength: 5,
      }),
      links: fc.array(fc.record({ model: fc.constantFrom('A', 'B', 'C'), to: fc.nat({ max: 7 }) }), {
        minLength: 1,
        maxLength: 8,
      }),
    });
    fc.assert(
      fc.property(files, ({ deps, links }) => {
        // Links lead to earlier objects only, so that every circle would be one of guesses.
        const objects = links.map(({ model, to }, place) =>
          object(model, place, { up: to < place ? to : null }),
        );
        const model_deps = Object.fromEntries(
          ['A', 'B', 'C'].map((model) => [
            model,
            [['A', 'up', ''], ...deps.filter(([from]) => from === model).map(([, to]) => [to, '', ''])],
          ]),
        );
        const { edges } = planned({ model_deps, objects });
        const waitsFor = (from: number, to: number): boolean =>
          edges.some(([i, j]) => i === from && (j === to || waitsFor(j, to)));
        for (const [from, to] of deps) {
          objects.forEach((a, i) => {
            objects.forEach((b, j) => {
              if (i === j || a.model !== from || b.model !== to) return;
              expect(waitsFor(i, j) || waitsFor(j, i)).toBe(true);
              if (!edges.some(([k, l]) => k === i && l === j)) expect(waitsFor(j, i)).toBe(true);
            });
          });
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('is refused with all that is wrong with its file', () => {
    const { faults } = readOfflinePlan({
      model_deps: { A: 1 },
      objects: [
        null,
        { model: '', id: 1.5, deleted: 'no', links: { a: 9, b: [-1] } },
        object('A', 1),
        object('A', 1),
      ],
      deletion: 'yes',
      delete: true,
    });
    expect(faults).toEqual([
      '"delete" is not known; known are model_deps, objects, deletion',
      'model_deps: A: 1 is no list of dependencies',
      'deletion is neither true nor false',
      'objects[0]: is no JSON object',
      'objects[1]: model is no name',
      'objects[1]: id is no whole number',
      'objects[1]: deleted is neither true nor false',
      'objects[1]: a leads to 9, which is no place in objects',
      'objects[1]: b leads to -1, which is no place in objects',
      'objects: A/1 is there 2 times',
    ]);
  });
});
