import { expect, test } from 'vitest';
import { judgeCalm, type Calm } from './calm.ts';

const CALM: Calm = { hanging: 30, slots: 60, othersMs: 400, found: 0 };

test('nothing is said when half of the slots hang and all others are done beside them', () => {
  expect(judgeCalm(CALM)).toEqual([]);
});

test('what is held up by others that hang is told', () => {
  expect(judgeCalm({ ...CALM, othersMs: null })).toEqual([
    'while 30 calls hung, objects of another step were not synchronized',
  ]);
});

test('a find of the sweep is told when nobody has been killed', () => {
  expect(judgeCalm({ ...CALM, found: 2 })).toEqual([
    'with every process healthy, the sweep found 2 times what nobody did',
  ]);
});

test('that too few hung to show anything is told', () => {
  expect(judgeCalm({ ...CALM, hanging: 3 })).toEqual(['only 3 calls hung, of 60 slots']);
});
