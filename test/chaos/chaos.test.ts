import { expect, test } from 'vitest';
import { runChaos } from './chaos.ts';

test('whatever is killed, every promise is kept', { timeout: 900_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const done: string[] = [];
  const { problems, kills, freezes, everything, writes, shown } = await runChaos({
    seed,
    seconds: 90,
    objects: 400,
    onProgress: (sentence) => done.push(sentence),
  });
  const said = `seed ${seed}: ${done.join('; ')}`;
  expect(problems, said).toEqual([]);
  // An installation to which nothing happens shows nothing.
  expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  expect(freezes.server + freezes.worker).toBeGreaterThan(0);
  expect(everything).toBeGreaterThan(0);
  expect(writes.accepted).toBeGreaterThan(10);
  expect(shown.synced, said).toBeGreaterThan(0);
});
