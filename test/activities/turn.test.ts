import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { orGivenUp, startLimit } from '../../activities/turn.ts';
import { waitFor } from '../support/wait-for.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('what limited author code is forgotten when the code has ended', async () => {
  const stopped = new AbortController();
  const handle = async (): Promise<WeakRef<AbortSignal>> => {
    const limit = startLimit(30 * 60_000, stopped.signal);
    await orGivenUp(Promise.resolve(), limit.signal, 1_000);
    limit.end();
    return new WeakRef(limit.signal);
  };
  const signal = await handle();
  await waitFor('the signal to be collected', () => {
    collect();
    return signal.deref() === undefined ? true : undefined;
  });
});

test('author code that takes too long hears of it, and is given up when it does not end', async () => {
  const limit = startLimit(60, new AbortController().signal);
  const deaf = new Promise(() => undefined);
  await expect(orGivenUp(deaf, limit.signal, 10)).rejects.toThrow('timed out after 0.001 minutes');
  expect(limit.signal.aborted).toBe(true);
});
