import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortestPath } from '../../plan/shortest-path.ts';

const node = fc.integer({ min: 0, max: 7 });
const steps = fc.array(fc.record({ from: node, to: node }), { maxLength: 20 });

test('the path has both ends, goes along the steps, and is as short as any', () => {
  fc.assert(
    fc.property(steps, node, node, (all, start, end) => {
      // A naive reference: what can be reached in n steps, n after n.
      let reached = new Set([start]);
      let distance = 0;
      while (!reached.has(end) && distance <= 8) {
        reached = new Set([...reached, ...all.filter(({ from }) => reached.has(from)).map(({ to }) => to)]);
        distance += 1;
      }
      const path = shortestPath(all, start, end);
      if (distance > 8) {
        expect(path).toBeUndefined();
        return;
      }
      expect(path).toHaveLength(distance + 1);
      expect([path?.[0], path?.at(-1)]).toEqual([start, end]);
      path?.slice(1).forEach((to, at) => expect(all).toContainEqual({ from: path[at], to }));
    }),
    { numRuns: 2_000 },
  );
});

test('a path of a hundred thousand is found at once', () => {
  const long = Array.from({ length: 100_000 }, (_, at) => ({ from: at, to: at + 1 }));
  expect(shortestPath(long, 0, 100_000)).toHaveLength(100_001);
});
