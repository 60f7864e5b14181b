import { expect, test } from 'vitest';
import type { Call } from './back-end.ts';
import { judgeCalls, type CallLog } from './judge-calls.ts';

/** A call as it should be, but for what is said. */
function call(at: number, method: Call['method'], id: number, more: Partial<Call> = {}): Call {
  const verdict = more.verdict ?? 'done';
  const answer = verdict === 'done' ? { answeredAt: at + 1 } : {};
  return { method, id, n: 1, uses: [], fence: 1, pid: 100, at, verdict, ...answer, ...more };
}
const judged = (calls: readonly Call[], more: Partial<CallLog> = {}): string[] =>
  judgeCalls({ calls, begun: [], frozen: [], goals: () => [], ...more });

/** Two processes at work on the same part, the second after the first was frozen. */
const FIRST = [call(0, 'POST', 1), call(1_000, 'POST', 1, { fence: 2, pid: 200 })];
const FROZEN = { frozen: [{ pid: 100, from: 500, until: 2_000 }] };
const late = (at: number): Call => call(at, 'PUT', 1, { verdict: 'stale' });

test('nothing is said of calls in order', () => {
  const calls = [
    call(0, 'PUT', 1),
    call(10, 'PUT', 2, { uses: [1], fence: 2 }),
    call(20, 'DELETE', 2, { fence: 3 }),
    call(30, 'DELETE', 1, { fence: 4 }),
  ];
  const begun = [{ id: 2, fence: 2, started: 5 }];
  expect(judged(calls, { begun, goals: () => [{ n: 1, ackedAt: -100 }] })).toEqual([]);
});

test('what is made before what it uses', () => {
  expect(judged([call(0, 'POST', 2, { uses: [1] })])).toEqual([
    'Part/2 was made before Part/1, which it uses',
  ]);
});

test('what is deleted before what uses it', () => {
  const calls = [call(0, 'PUT', 1), call(1, 'PUT', 2, { uses: [1] }), call(2, 'DELETE', 1)];
  expect(judged(calls)).toEqual(['Part/1 was deleted while Part/2 used it']);
});

test('what is made while what it uses is there, but not as it was accepted to be', () => {
  const goals = (id: number) =>
    id === 1
      ? [
          { n: 1, ackedAt: -100 },
          { n: 7, ackedAt: 10 },
        ]
      : [];
  const begun = [{ id: 2, fence: 1, started: 50 }];
  const calls = [call(0, 'PUT', 1), call(60, 'PUT', 2, { uses: [1] })];
  expect(judged(calls, { begun, goals })).toEqual(['Part/2 was made while Part/1, which it uses, was dirty']);
  // Accepted after the attempt had begun: nobody could know.
  expect(judged(calls, { begun: [{ id: 2, fence: 1, started: 9 }], goals })).toEqual([]);
});

test('a process that was frozen, and has more than one call under way when it wakes', () => {
  expect(judged([...FIRST, late(2_001)], FROZEN)).toEqual([]);
  expect(judged([...FIRST, late(2_001), late(2_002)], FROZEN)).toEqual([
    'worker 100 began another call for Part/1 after fence 1 was overtaken',
  ]);
});

test('a process that is overtaken, although nobody has frozen it', () => {
  expect(judged([...FIRST, late(2_001)])).toEqual([
    'worker 100, which nobody froze, called for Part/1 after fence 1 was overtaken',
  ]);
});

test('a process that goes on after another attempt has begun, of which the back end knows nothing yet', () => {
  const begun = [{ id: 1, fence: 2, started: 1_000 }];
  expect(judged([call(0, 'POST', 1), call(1_500, 'PUT', 1)], { begun })).toEqual([
    'worker 100, which nobody froze, called for Part/1 after fence 1 was overtaken',
  ]);
});

test('two processes with one fence', () => {
  expect(judged([call(0, 'POST', 1), call(9, 'POST', 1, { pid: 200 })])).toEqual([
    'two processes had fence 1 of Part/1: the back end cannot tell them apart',
  ]);
});
