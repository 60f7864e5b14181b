import { setTimeout as sleep } from 'node:timers/promises';

/** Look until there is something to see, or fail after `timeoutMs` telling what there was instead. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  instead?: () => unknown,
  timeoutMs = 40_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      const found = instead === undefined ? '' : `; there is ${JSON.stringify(await instead())}`;
      throw new Error(`waited ${timeoutMs / 1000} s for ${what}${found}`);
    }
    await sleep(15);
  }
}
