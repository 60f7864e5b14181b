import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { mask } from '../../activities/mask.ts';
import { outcomeOf, type OutcomeContext } from '../../activities/outcome.ts';
import { collectSecrets } from '../../activities/reader.ts';
import { DeferredException, PermanentException } from '../../define/index.ts';
import { field, model } from '../support/models.ts';

const CONTEXT: OutcomeContext = {
  stop: undefined,
  timeoutMs: 90_000,
  delayMs: 5_000,
  deferralMs: 10_000,
  secrets: new Set(['hunter2']),
};
const outcome = (error: unknown, more: Partial<OutcomeContext> = {}) =>
  outcomeOf(error, { ...CONTEXT, ...more });

describe('what a step throws', () => {
  const failed = { status: 'failed', delayMs: 5_000 };

  test.each<[string, unknown, object]>([
    ['an error', new Error('HTTP 503'), { ...failed, shown: 'HTTP 503', code: null }],
    [
      'an error with a code',
      Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      { ...failed, shown: 'refused', code: 'ECONNREFUSED' },
    ],
    ['one with a number for a code', Object.assign(new Error('no'), { code: 7 }), { ...failed, code: '7' }],
    ['an error without a text', new Error(), { ...failed, shown: 'failed without saying why' }],
    [
      'one that hides what the system said',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
      }),
      { ...failed, shown: 'fetch failed: connect ECONNREFUSED 127.0.0.1:1' },
    ],
    [
      'one that hides it among several',
      new TypeError('fetch failed', {
        cause: new AggregateError([Object.assign(new Error(), { code: 'ETIMEDOUT' })]),
      }),
      { ...failed, shown: 'fetch failed: ETIMEDOUT' },
    ],
    ['a string', 'no route', { ...failed, shown: 'no route' }],
    ['nothing', undefined, { ...failed, shown: 'undefined' }],
    ['what has no text', Object.create(null), { ...failed, shown: '[Object: null prototype] {}' }],
    [
      'an error whose text is none',
      Object.assign(new Error(), { message: { reason: 'odd' } }),
      { ...failed, shown: "{ reason: 'odd' }" },
    ],
    [
      'a deferral',
      new DeferredException('no address yet'),
      { status: 'deferred', delayMs: 10_000, shown: 'no address yet' },
    ],
    [
      'a deferral with a delay of its own',
      new DeferredException('soon', { afterMs: 50 }),
      { status: 'deferred', delayMs: 50 },
    ],
    [
      'a deferral with a delay that is none',
      new DeferredException('soon', { afterMs: Number.NaN }),
      { status: 'deferred', delayMs: 10_000 },
    ],
    [
      'a permanent failure',
      new PermanentException('no such flavor'),
      { status: 'stalled', delayMs: null, shown: 'no such flavor' },
    ],
  ])('is %s', (_, error, expected) => {
    expect(outcome(error)).toMatchObject(expected);
  });

  test('counts by the name of its class, which another copy of the package may have made', () => {
    const error = Object.assign(new Error('later'), { name: 'DeferredException', afterMs: 20 });
    expect(outcome(error)).toMatchObject({ status: 'deferred', delayMs: 20 });
  });

  test('is said to be of the policy, when it was', () => {
    expect(outcome(new Error('no'), { by: 'policy for Tenant' })).toMatchObject({
      shown: 'policy for Tenant: no',
      message: 'policy for Tenant: no',
    });
  });
});

describe('an attempt that was asked to end', () => {
  test.each<[NonNullable<OutcomeContext['stop']>, object]>([
    ['timeout', { status: 'failed', code: 'timeout', shown: 'timed out after 90 seconds', delayMs: 5_000 }],
    ['newer goal', { status: 'superseded', shown: 'a newer goal came', delayMs: null }],
    ['deleted', { status: 'cancelled', shown: 'stopped: the object is to be deleted', delayMs: null }],
    ['held', { status: 'cancelled', shown: 'stopped: the object is held' }],
    ['lost', { status: 'cancelled', shown: 'stopped: the lease was lost' }],
    ['shutdown', { status: 'cancelled', shown: 'stopped: the worker shuts down', isHandedBack: true }],
  ])('because of %s has that outcome, whatever it throws', (stop, expected) => {
    for (const error of [new Error('aborted'), new DeferredException('later'), 'no']) {
      expect(outcome(error, { stop })).toMatchObject(expected);
    }
  });

  test('is handed back by a shutdown only', () => {
    expect(outcome(new Error('aborted'), { stop: 'deleted' })).not.toHaveProperty('isHandedBack');
  });

  test('after a long time says so in minutes', () => {
    expect(outcome('no', { stop: 'timeout', timeoutMs: 1_800_000 }).shown).toBe('timed out after 30 minutes');
  });
});

describe('the texts of an outcome', () => {
  const wordy = outcome(new Error('x'.repeat(5_000)));

  test('are short for Temporal, longer for people, and whole for who looks closely', () => {
    expect(wordy.message).toBe(`${'x'.repeat(199)}…`);
    expect(wordy.shown).toBe(`${'x'.repeat(1_023)}…`);
    expect(wordy.text).toContain('x'.repeat(5_000));
  });

  test('are not cut in the middle of a character', () => {
    const { message } = outcome(new Error(`${'x'.repeat(198)}😀${'x'.repeat(10)}`));
    expect(message.isWellFormed()).toBe(true);
  });

  test('tell the stack and the causes, or the output in place of the stack', () => {
    const cause = new Error('connection reset');
    const { text } = outcome(new Error('login failed', { cause }));
    expect(text).toMatch(/^login failed\nError: login failed\n {4}at /);
    expect(text).toContain('\ncaused by: connection reset\nError: connection reset\n    at ');
    const failure = Object.assign(new Error('playbook failed'), { output: 'TASK [create_index]' });
    expect(outcome(failure).text).toBe('playbook failed\nTASK [create_index]');
  });

  test('end, where causes go round in a circle', () => {
    const error = new Error('chicken');
    error.cause = new Error('egg', { cause: error });
    expect(outcome(error)).toMatchObject({
      shown: 'chicken',
      text: expect.stringContaining('caused by: egg') as unknown,
    });
  });

  test('fit a column of text, whatever bytes the author found', () => {
    const { text, shown, message } = outcome(new Error('null \0 and \uD800 alone'));
    for (const one of [text, shown, message]) {
      expect(one).not.toContain('\0');
      expect(one.isWellFormed()).toBe(true);
    }
  });
});

describe('a secret', () => {
  const PIN = '"5€ crème"/\n&pass=wört %41';

  test.each<[string, (pin: string) => string]>([
    ['as it is', (pin) => pin],
    ['twice', (pin) => `${pin} ${pin}`],
    ['in JSON', (pin) => JSON.stringify({ pin })],
    ['in JSON within JSON', (pin) => JSON.stringify({ body: JSON.stringify({ pin }) })],
    ['as a part of an address', (pin) => `GET /login/${encodeURIComponent(pin)}`],
    ['in an address as a whole', (pin) => encodeURI(`http://host/${pin}`)],
    ['in a query', (pin) => `?${new URLSearchParams({ pin }).toString()}`],
    ['by its longer lines', (pin) => pin.split('\n').toReversed().join(' and ')],
    ['in what Node shows of an object', (pin) => inspect({ pin })],
    ['in base64', (pin) => Buffer.from(pin).toString('base64')],
  ])('is masked %s', (_, spell) => {
    const masked = mask(`said ${spell(PIN)} here`, new Set([PIN]));
    expect(masked).toContain('***');
    expect(masked).not.toMatch(/5€|pass=|w[öo]rt|%E2%82%AC|%C3%B6/i);
    expect(masked).not.toContain(Buffer.from(PIN).toString('base64'));
  });

  test('is masked whole, where another is a part of it', () => {
    expect(mask('root-hunter2-x', new Set(['hunter2', 'root-hunter2-x']))).toBe('***');
  });

  test('of many lines is masked where one of them stands alone, unless that is too short to tell', () => {
    const key = '-----BEGIN KEY-----\nMIIEpAIBAAKC\nab\n-----END KEY-----';
    expect(mask('read MIIEpAIBAAKC, about', new Set([key]))).toBe('read ***, about');
  });

  test('that is empty masks nothing', () => {
    expect(mask('as it was', new Set(['']))).toBe('as it was');
  });

  test('that would not be well formed is masked, too', () => {
    expect(mask('a lone \uD83D here', new Set(['lone \uD83D']))).toBe('a *** here');
  });

  test('is in no text of an outcome: not in the cause, the stack, the output, the name of the policy', () => {
    const error = Object.assign(new Error('hunter2', { cause: new Error('hunter2') }), {
      output: 'pin=hunter2',
    });
    for (const thrown of [error, new Error('hunter2'), 'hunter2', new PermanentException('hunter2')]) {
      expect(JSON.stringify(outcome(thrown, { by: 'hunter2' }))).not.toContain('hunter2');
    }
  });

  test('is no code either', () => {
    const error = Object.assign(new Error('no'), { code: 'hunter2' });
    expect(outcome(error).code).toBe('***');
  });

  test('is every value of a field that is secret: text, number, each of a list', () => {
    const fields = [
      field('name'),
      ...['password', 'none', 'empty'].map((name) => field(name, { secret: true })),
      field('pin', { secret: true, type: 'int32' }),
      field('keys', { secret: true, repeated: true }),
    ];
    const values = { name: 'web', password: 'hunter2', none: null, empty: '', pin: 4711, keys: ['a1', 'b2'] };
    const secrets = new Set<string>();
    collectSecrets(model('Login', { fields }), values, secrets);
    expect([...secrets].toSorted()).toEqual(['4711', 'a1', 'b2', 'hunter2']);
  });
});
