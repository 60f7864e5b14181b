import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outcomeOf, type OutcomeContext } from '../../activities/outcome.ts';
import type { Stop } from '../../activities/lease.ts';

const SECRET = 'hunter2 ü/"\n';
const STOPS: readonly (Stop | undefined)[] = [
  undefined,
  'lost',
  'deleted',
  'held',
  'newer goal',
  'shutdown',
  'timeout',
];

/** A text that an author may find anywhere, now and then with the secret in it. */
const texts = fc
  .array(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(SECRET)), { maxLength: 8 })
  .map((parts) => parts.join(''));

const errors = fc
  .record({
    name: fc.constantFrom('Error', 'TypeError', 'DeferredException', 'PermanentException', ''),
    message: texts,
    code: fc.option(fc.oneof(texts, fc.integer(), fc.constant({})), { nil: undefined }),
    output: fc.option(texts, { nil: undefined }),
    afterMs: fc.option(fc.oneof(fc.double(), fc.integer(), texts), { nil: undefined }),
    cause: fc.option(texts, { nil: undefined }),
  })
  .map(({ message, cause, ...more }) =>
    Object.assign(new Error(message, cause === undefined ? undefined : { cause: new Error(cause) }), more),
  );
const thrown = fc.oneof({ weight: 5, arbitrary: errors }, fc.anything(), texts);

const contexts: fc.Arbitrary<OutcomeContext> = fc
  .record({
    stop: fc.constantFrom(...STOPS),
    timeoutMs: fc.integer({ min: 1, max: 10_000_000 }),
    delayMs: fc.nat(),
    deferralMs: fc.nat(),
    by: fc.option(texts, { nil: undefined }),
  })
  .map(({ by, ...rest }) => ({ ...rest, secrets: new Set([SECRET]), ...(by !== undefined && { by }) }));

/** The table of design 3.7, as plain as it can be said: what an attempt came to, and when it is made again. */
function naive(error: unknown, { stop, delayMs, deferralMs }: OutcomeContext): [string, number | null] {
  if (stop === 'timeout') return ['failed', delayMs];
  if (stop === 'newer goal') return ['superseded', null];
  if (stop !== undefined) return ['cancelled', null];
  if (!(error instanceof Error)) return ['failed', delayMs];
  if (error.name === 'PermanentException') return ['stalled', null];
  if (error.name !== 'DeferredException') return ['failed', delayMs];
  const { afterMs } = error as { afterMs?: unknown };
  const isNumber = typeof afterMs === 'number' && afterMs > -Infinity && afterMs < Infinity;
  return ['deferred', isNumber ? Math.max(0, afterMs) : deferralMs];
}

test('whatever an author throws, the outcome is that of a naive reference, in texts that can be kept and shown', () => {
  fc.assert(
    fc.property(thrown, contexts, (error, context) => {
      const outcome = outcomeOf(error, context);
      expect([outcome.status, outcome.delayMs]).toEqual(naive(error, context));
      expect(outcome.shown.length).toBeLessThanOrEqual(1_024);
      expect(outcome.message.length).toBeLessThanOrEqual(200);
      for (const text of [outcome.text, outcome.shown, outcome.message, outcome.code ?? '']) {
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toContain('\0');
        expect(text).not.toContain(SECRET);
      }
      expect(outcome.shown).not.toBe('');
    }),
    { numRuns: 10_000 },
  );
});
