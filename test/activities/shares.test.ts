import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Shares } from '../../activities/index.ts';
import { defineModel } from '../../define/model.ts';
import { step } from '../../define/step.ts';
import type { AnyStep } from '../../define/synchronizer.ts';

const stepOf = (name: string): AnyStep =>
  step({ synchronizes: defineModel(name), async syncRecord() {}, async deleteRecord() {} }) as AnyStep;
const [nets, hosts] = [stepOf('Net'), stepOf('Host')];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a step', () => {
  test('has half of the slots, and no place is waited for while it hangs', async () => {
    const shares = new Shares(4);
    expect(await shares.take(nets)).toBeDefined();
    expect(await shares.take(nets)).toBeDefined();
    expect(await shares.take(nets)).toBeUndefined();
    expect(await shares.take(hosts)).toBeDefined();
  });

  test('that gives places back has them taken in turn by those who wait', async () => {
    const shares = new Shares(2);
    const giveBack = await shares.take(nets);
    giveBack?.();
    const first = await shares.take(nets);
    const got: string[] = [];
    const waiting = ['second', 'third'].map(async (name) => {
      const place = await shares.take(nets);
      got.push(name);
      return place;
    });
    first?.();
    (await waiting[0])?.();
    (await waiting[1])?.();
    expect(got).toEqual(['second', 'third']);
    // All are back: the next has its place at once.
    expect(await shares.take(nets)).toBeDefined();
  });

  test('that takes seconds has few waiting, so that slots are left for others', async () => {
    const shares = new Shares(16);
    const taken = await Promise.all(Array.from({ length: 8 }, () => shares.take(nets)));
    await vi.advanceTimersByTimeAsync(5_000);
    taken[0]?.();
    const again = await shares.take(nets);
    const waiting = [shares.take(nets), shares.take(nets)];
    expect(await shares.take(nets)).toBeUndefined();
    expect(await shares.take(hosts)).toBeDefined();
    // Whatever comes free is taken at once.
    taken[1]?.();
    again?.();
    expect((await Promise.all(waiting)).every((place) => place !== undefined)).toBe(true);
  });

  test('that takes milliseconds has all of them waiting', async () => {
    const shares = new Shares(16);
    const taken = await Promise.all(Array.from({ length: 8 }, () => shares.take(nets)));
    await vi.advanceTimersByTimeAsync(10);
    taken[0]?.();
    const places = [...taken.slice(1), await shares.take(nets)];
    const waiting = Array.from({ length: 8 }, () => shares.take(nets));
    for (const giveBack of places) giveBack?.();
    expect((await Promise.all(waiting)).every((place) => place !== undefined)).toBe(true);
  });

  test('that begins to hang is waited for half a second', async () => {
    const shares = new Shares(2);
    (await shares.take(nets))?.();
    const place = await shares.take(nets);
    const waiting = shares.take(nets);
    await vi.advanceTimersByTimeAsync(500);
    expect(await waiting).toBeUndefined();
    // Who has gone is given nothing.
    place?.();
    expect(await shares.take(nets)).toBeDefined();
    vi.advanceTimersByTime(2_001);
    expect(await shares.take(nets)).toBeUndefined();
  });
});
