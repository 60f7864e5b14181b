import { expect, test } from 'vitest';
import { shared } from '../../server/shared.ts';
import { waitFor } from '../support/wait-for.ts';

test('an answer is shared by those who ask before it is looked for, and by nobody after', async () => {
  let begun = 0;
  const ends: (() => void)[] = [];
  const ask = shared(async () => {
    begun += 1;
    const mine = begun;
    await new Promise<void>((resolve) => ends.push(resolve));
    return mine;
  });
  const first = ask();
  await waitFor('the first to begin', () => (begun === 1 ? true : undefined));
  const others = [ask(), ask(), ask()];
  ends[0]?.();
  expect(await first).toBe(1);
  await waitFor('the second to begin', () => (begun === 2 ? true : undefined));
  const late = ask();
  ends[1]?.();
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
  await waitFor('the third to begin', () => (begun === 3 ? true : undefined));
  ends[2]?.();
  expect(await late).toBe(3);
});

test('why there is none is told to all who share it, and the next is looked for all the same', async () => {
  let isAway = true;
  const ask = shared(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve('there')));
  const both = await Promise.allSettled([ask(), ask()]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  expect(await ask()).toBe('there');
});
