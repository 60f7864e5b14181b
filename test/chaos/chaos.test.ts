import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';

test('whatever is killed, every promise is kept', { timeout: 600_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const done: string[] = [];
  const { problems, strikes, accepted } = await runChaos({
    seed,
    seconds: 60,
    objects: 400,
    onProgress: (sentence) => done.push(sentence),
  });
  expect(problems, `seed ${seed}: ${done.join('; ')}`).toEqual([]);
  // An installation to which nothing happens shows nothing.
  expect(strikes).toBeGreaterThan(3);
  expect(accepted).toBeGreaterThan(20);
});
