import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAlarm, type Alarm } from '../../client/alarm.ts';

const NOTHING = { objects: false, errands: false };

let stopping: AbortController;
let asked: number;
let dueMs: number | null;
let alarm: Alarm;
beforeEach(() => {
  stopping = new AbortController();
  asked = 0;
  dueMs = null;
  alarm = createAlarm(() => {
    asked += 1;
    return Promise.resolve(dueMs);
  }, stopping.signal);
});
afterEach(() => {
  stopping.abort();
});

/** Rest, and have it ring when the rest has begun. */
async function restUntilRung(says?: string): Promise<void> {
  const rest = alarm.rest();
  // Asked for what comes due, and asleep.
  await new Promise(setImmediate);
  alarm.ring(says);
  await rest;
}

describe('a relay', () => {
  test('does not rest when it rang while it looked', async () => {
    alarm.begin();
    alarm.ring('objects');
    alarm.end(NOTHING);
    await alarm.rest();
    expect(asked).toBe(0);
  });

  test('rests until it rings, and asks once what comes due, however often that is in vain', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      for (let times = 0; times < 5; times += 1) {
        alarm.begin();
        alarm.end(NOTHING);
        await restUntilRung('objects');
      }
      expect(asked).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['when it has done something, which may come due again', { objects: true, errands: false }, 'objects'],
    ['when an errand was left, which may be due later', NOTHING, ''],
    ['when the database may have told it nothing for a while', NOTHING, undefined],
  ])('asks again what comes due %s', async (_, found, says) => {
    await restUntilRung(says);
    alarm.begin();
    alarm.end(found);
    await restUntilRung('objects');
    expect(asked).toBe(2);
  });

  test('rests until something comes due', async () => {
    dueMs = 50;
    const startedAt = performance.now();
    await alarm.rest();
    expect(performance.now() - startedAt).toBeGreaterThan(45);
  });

  test('rests a little, and longer each time, while what is due is held back', async () => {
    dueMs = -1_000;
    const startedAt = performance.now();
    for (let times = 0; times < 4; times += 1) {
      alarm.begin();
      alarm.end(NOTHING);
      await alarm.rest();
    }
    expect(performance.now() - startedAt).toBeGreaterThan(20 + 40 + 80 + 160 - 10);
    expect(asked).toBe(4);
  });

  test('looks again soon when it rang for what is held back', async () => {
    alarm.begin();
    alarm.end(NOTHING);
    dueMs = 10_000;
    const rest = alarm.rest();
    // While it asks what comes due: the answer says nothing of that.
    alarm.ring('objects');
    await rest;
    alarm.begin();
    alarm.end(NOTHING);
    dueMs = -1;
    await alarm.rest();
    alarm.begin();
    alarm.end(NOTHING);
    const startedAt = performance.now();
    await alarm.rest();
    expect(asked).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('ends its rest when it is to stop', async () => {
    const rest = alarm.rest();
    stopping.abort();
    await rest;
  });
});

describe('errands are looked for', () => {
  test('at first, and then only when some may have been left', async () => {
    expect(alarm.begin()).toBe(true);
    await restUntilRung('objects');
    expect(alarm.begin()).toBe(false);
    await restUntilRung('');
    expect(alarm.begin()).toBe(true);
  });

  test('again after some were found', () => {
    alarm.begin();
    alarm.end({ objects: false, errands: true });
    expect(alarm.begin()).toBe(true);
  });

  test('when one was left while others were looked for', () => {
    alarm.begin();
    alarm.ring('');
    alarm.end(NOTHING);
    expect(alarm.begin()).toBe(true);
  });

  test('after a rest that nobody ended: something has come due', async () => {
    alarm.begin();
    dueMs = 5;
    await alarm.rest();
    expect(alarm.begin()).toBe(true);
  });
});
