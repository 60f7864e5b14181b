import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RETRY, putOffMs, retryDelayMs } from '../../plan/delay.ts';

const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the delay after a failure', () => {
  test('doubles from 5 seconds on, to 10 minutes', () => {
    const delays = [1, 2, 3, 7, 8, 9, 1_000_000].map((failures) =>
      retryDelayMs(failures, DEFAULT_RETRY, 0.5),
    );
    expect(delays).toEqual([5_000, 10_000, 20_000, 320_000, 600_000, 600_000, 600_000]);
  });

  test('is that of a naive reference, 20 % earlier or later', () => {
    const policies = fc.record({
      initialMs: fc.integer({ min: 1, max: 60_000 }),
      factor: fc.double({ min: 1, max: 4, noNaN: true }),
      maxMs: fc.integer({ min: 1, max: 3_600_000 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), policies, fractions, (failures, policy, random) => {
        let nominal = policy.initialMs;
        for (let n = 1; n < failures; n += 1) nominal = Math.min(nominal * policy.factor, policy.maxMs);
        nominal = Math.min(nominal, policy.maxMs);
        const delay = retryDelayMs(failures, policy, random);
        expect(Number.isInteger(delay)).toBe(true);
        // Half a millisecond of rounding, and what floating point makes of a power.
        const slack = 0.51 + nominal * 1e-9;
        expect(Math.abs(delay - nominal * (0.8 + 0.4 * random))).toBeLessThanOrEqual(slack);
      }),
      { numRuns: 10_000 },
    );
  });

  test('is always the same with a factor of 1, as when backoff is disabled', () => {
    const delays = [1, 2, 50].map((failures) => retryDelayMs(failures, { ...DEFAULT_RETRY, factor: 1 }, 0.5));
    expect(delays).toEqual([5_000, 5_000, 5_000]);
  });

  test('is never shorter after more failures, with the same luck', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fractions, (failures, random) => {
        expect(retryDelayMs(failures + 1, DEFAULT_RETRY, random)).toBeGreaterThanOrEqual(
          retryDelayMs(failures, DEFAULT_RETRY, random),
        );
      }),
      { numRuns: 10_000 },
    );
  });
});

test('an attempt that finds its object taken puts itself off for up to 10 seconds, and never for nothing', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000 }), fractions, (tries, random) => {
      const delay = putOffMs(tries, random);
      expect(delay).toBeGreaterThanOrEqual(125);
      expect(delay).toBeLessThanOrEqual(10_000);
    }),
    { numRuns: 10_000 },
  );
});
