import { describe, expect, test } from 'vitest';
import { guessesAmong, type Guessing } from '../../store/plan-guesses.ts';

const row = (model: string, id: number, more: Partial<Guessing> = {}): Guessing => ({
  ...{ model, id, deleted: false, holds: true },
  ...more,
});
const shown = (rows: readonly Guessing[], leavesOf: Readonly<Record<string, readonly string[]>>) =>
  guessesAmong(rows, new Map(Object.entries(leavesOf))).map(({ from, to }) => [
    from.id,
    to.map(({ id }) => id),
  ]);

describe('what an object may depend on', () => {
  test('is what holds of these models, by id, but not itself', () => {
    const rows = [
      row('Host', 1),
      row('Switch', 2),
      row('Node', 3, { holds: false }),
      row('Node', 4),
      row('Host', 5, { deleted: true }),
      row('Site', 6),
    ];
    expect(shown(rows, { Host: ['Node', 'Switch'], Switch: ['Switch'] })).toEqual([
      [1, [2, 4]],
      [2, []],
    ]);
  });

  test('are ten of many, and each of many is looked at a few times', () => {
    let looks = 0;
    const rows = Array.from({ length: 1_000 }, (_, id) => ({
      ...row('Host', id),
      get holds() {
        looks += 1;
        return true;
      },
    }));
    const guesses = guessesAmong(rows, new Map([['Host', ['Host']]]));
    expect(guesses).toHaveLength(1_000);
    expect(guesses[3]?.to.map(({ id }) => id)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
    expect(guesses[500]?.to).toHaveLength(10);
    expect(looks).toBeLessThan(10_000);
  });
});
