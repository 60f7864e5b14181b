import { expect, test } from 'vitest';
import type { Kept } from './back-end.ts';
import { judgeObjects, type Row } from './judge.ts';
import type { Wanted } from './people.ts';

const ROW: Row = {
  id: 1,
  declarative: { name: 'part 0', n: 2 },
  handle: 'by 7',
  fence: 7,
  state: 'Synced',
  status: 'OK',
};
const ONE: Wanted = {
  name: 'part 0',
  serial: 0,
  id: 1,
  goals: [{ n: 1, ackedAt: 1 }, { n: 2, ackedAt: 2 }, { n: 3 }],
  needs: new Set(),
  neededBy: new Set(),
  mayBeGone: false,
};
const KEPT: Kept = { n: 2, uses: [], fence: 7 };

/** What is said of one object. Null: it is not there. */
function judged(
  row: Partial<Row> | null,
  kept: Partial<Kept> | null,
  marked: readonly number[] = [],
): string[] {
  const rows = row === null ? [] : [{ ...ROW, ...row }];
  const parts = new Map(kept === null ? [] : [[1, { ...KEPT, ...kept }]]);
  return judgeObjects(rows, { wanted: [ONE], marked: new Set(marked) }, { parts });
}

test('nothing is said of an object that is as it was accepted, or as somebody asked in vain to hear', () => {
  expect(judged({}, {})).toEqual([]);
  expect(judged({ declarative: { name: 'part 0', n: 3 } }, { n: 3 })).toEqual([]);
  expect(judged(null, null, [1])).toEqual([]);
});

test.each<
  [what: string, row: Partial<Row> | null, kept: Partial<Kept> | null, marked: number[], said: string]
>([
  ['is lost', null, null, [], 'Part/1 was accepted, and is gone'],
  ['was to be deleted', {}, {}, [1], 'Part/1 was to be deleted, and is Synced'],
  [
    'has gone back to an older goal',
    { declarative: { name: 'part 0', n: 1 } },
    { n: 1 },
    [],
    'Part/1 has n = 1, and may have 2, 3',
  ],
  ['has not come to rest', { state: 'Waiting', status: 'for ever' }, {}, [], 'Part/1 is Waiting: for ever'],
  [
    'is not what the back end has',
    {},
    { n: 1 },
    [],
    'Part/1 is {"n":2,"uses":[]}, and the back end has {"n":1,"uses":[]}',
  ],
  ['is left in the back end', null, {}, [1], 'Part/1 is gone, but the back end still has it'],
  [
    'has the feedback of somebody who was overtaken',
    { handle: 'by 6' },
    {},
    [],
    "Part/1 was made with fence 7, its feedback is «by 6», the back end's 7",
  ],
])('an object that %s', (_what, row, kept, marked, said) => {
  expect(judged(row, kept, marked)).toEqual([said]);
});
