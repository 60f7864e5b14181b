import { describe, expect, test } from 'vitest';
import { whyText } from '../../cli/why.ts';
import type { ApiCause, ApiWhy } from '../../client/operate-wire.ts';
import { recorder } from './recorder.ts';

const NOW = Date.parse('2030-01-01T12:20:00Z');
const cause = (object: string, more: Partial<ApiCause> = {}): ApiCause => ({
  object,
  name: null,
  state: 'Waiting',
  backend_code: 0,
  backend_status: 'waits',
  since: '2030-01-01T12:06:00Z',
  generation: 2,
  enacted: 1,
  deleted: false,
  failures: 0,
  attempts: 0,
  next_attempt_at: null,
  trouble: { times: 0, first_seen: null, last_seen: null, texts: 0 },
  ...more,
});
const answer = (chain: readonly ApiCause[], more: Partial<ApiWhy> = {}): ApiWhy => ({
  chain,
  omitted: 0,
  others: { count: 0, first: [] },
  advice: [],
  ...more,
});
const text = (why: ApiWhy) =>
  whyText(why, recorder().terminal, NOW).replaceAll(/\b\d\d:\d\d:\d\d\b/g, 'hh:mm:ss');

const RED = cause('Color/3', {
  name: 'red',
  state: 'Error',
  backend_code: 2,
  backend_status: 'syncColor: HTTP 503 from the palette',
  failures: 11,
  attempts: 11,
  next_attempt_at: '2030-01-01T12:28:00Z',
  trouble: {
    times: 11,
    first_seen: '2030-01-01T12:06:00Z',
    last_seen: '2030-01-01T12:18:00Z',
    texts: 1,
  },
});

describe('the answer to why', () => {
  test('shows the chain, the cause with its text, who else is held, and what one can do', () => {
    const why = answer([cause('Instance/12', { name: 'web-2', backend_code: 2 }), RED], {
      others: {
        count: 4,
        first: ['Instance/15', 'Instance/16', 'Image/21'].map((object) => ({ object, name: null })),
      },
      advice: [
        { text: 'To try now', command: 'accord sync Color/3' },
        { text: 'To read all', command: 'accord logs Color/3' },
      ],
    });
    expect(text(why)).toBe(
      [
        '◇ Instance/12 web-2   Error (blocked), 14 minutes',
        '└─ ✗ Color/3 red      Error, 14 minutes, attempt 11 of generation 2, next in 8 minutes',
        '      syncColor: HTTP 503 from the palette',
        '      first seen hh:mm:ss, last hh:mm:ss, 11 times, same text each time',
        '   Also held by it: Instance/15, Instance/16, Image/21 and 1 more',
        '   To try now:  accord sync Color/3',
        '   To read all:  accord logs Color/3',
      ].join('\n'),
    );
  });

  test('of what is done is short', () => {
    const done = cause('Color/4', { state: 'Synced', backend_code: 1, backend_status: 'OK', attempts: 1 });
    expect(text(answer([done]))).toBe('✔ Color/4   Synced, 14 minutes\n   OK');
  });

  test('says how many of a long chain it leaves out', () => {
    const chain = ['A/1', 'A/2', 'A/8', 'A/9'].map((object) => cause(object));
    expect(
      text(answer(chain, { omitted: 5 }))
        .split('\n')
        .slice(0, 5),
    ).toEqual([
      '⧗ A/1            Waiting, 14 minutes',
      '└─ ⧗ A/2         Waiting, 14 minutes',
      '   └─ … 5 more between',
      '   └─ ⧗ A/8      Waiting, 14 minutes',
      '      └─ ⧗ A/9   Waiting, 14 minutes',
    ]);
  });

  test('keeps what an object says as text', () => {
    const hostile = { ...RED, name: 'a\u001b[31mb', backend_status: 'one\u001b[2J\ntwo\u202e' };
    expect(
      text(answer([hostile]))
        .split('\n')
        .slice(0, 3),
    ).toEqual([expect.stringContaining('✗ Color/3 ab'), '   one', '   two']);
  });

  test('is red for an error alone', () => {
    const { terminal } = recorder({ hasColors: true });
    const said = whyText(answer([RED]), terminal, NOW);
    expect(said.split('\n')[0]).toContain('\u001b[31m');
  });
});
