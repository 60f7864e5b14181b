import { setTimeout as sleep } from 'node:timers/promises';

/** When a relay looks at the outbox next, and whether at errands, too. */
export interface Alarm {
  /** Something was put into the outbox. @param says `objects`: no errand is among it */
  ring(says?: string): void;
  /** A look begins; what rings from now on ends the next rest. @returns whether to look for errands, too */
  begin(): boolean;
  /** A look has ended. @param found what there was to do */
  end(found: { readonly objects: boolean; readonly errands: boolean }): void;
  /** Rest until it rings, or something comes due. */
  rest(): Promise<void>;
}

/** What is due may be held back, or be in the hands of another relay: how long until the next look, as long as there is none. */
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 160;
/** An errand comes due without a word; who is never at rest looks for errands this often. */
const ERRANDS_MS = 1_000;
/** Without a notification, look this often: a claim of a relay that died has lapsed, a row has come due. */
const LONGEST_REST_MS = 10_000;

/**
 * Each look costs Postgres something, and every relay hears of every change: so an alarm lets them ask only for what
 * there may be.
 *
 * @param nextDue how long until something comes due, in milliseconds; null: nothing will
 * @param stopping ends every rest
 */
export function createAlarm(nextDue: () => Promise<number | null>, stopping: AbortSignal): Alarm {
  let hasRung = false;
  let mayHaveErrands = true;
  let lookMs = FIRST_LOOK_MS;
  // By `performance.now()`.
  let errandsAt = 0;
  let dueAt = 0;
  let wake = (): void => undefined;

  return {
    ring(says) {
      hasRung = true;
      if (says !== 'objects') mayHaveErrands = true;
      wake();
    },
    begin() {
      // What it rang for may come due later, or be held back: of that this look sees nothing.
      if (mayHaveErrands) dueAt = 0;
      else if (hasRung) dueAt = Math.min(dueAt, performance.now() + LONGEST_LOOK_MS);
      hasRung = false;
      const looksForErrands = mayHaveErrands || performance.now() >= errandsAt;
      if (looksForErrands) errandsAt = performance.now() + ERRANDS_MS;
      mayHaveErrands = false;
      return looksForErrands;
    },
    end({ objects, errands }) {
      if (errands) mayHaveErrands = true;
      if (objects) lookMs = FIRST_LOOK_MS;
      if (objects || errands) dueAt = 0;
    },
    async rest() {
      const nap = new AbortController();
      wake = () => {
        nap.abort();
      };
      // What was put there during the look may not have been seen.
      if (hasRung) return;
      // Asked now and then, however often it rings for what another relay is quicker to take.
      if (dueAt <= performance.now()) {
        const dueMs = (await nextDue()) ?? LONGEST_REST_MS;
        if (dueMs > 0) lookMs = FIRST_LOOK_MS;
        dueAt = performance.now() + Math.min(dueMs > 0 ? dueMs : lookMs, LONGEST_REST_MS);
        if (dueMs <= 0) lookMs = Math.min(lookMs * 2, LONGEST_LOOK_MS);
      }
      const signal = AbortSignal.any([nap.signal, stopping]);
      await sleep(Math.max(dueAt - performance.now(), 1), undefined, { signal }).catch(() => undefined);
      if (nap.signal.aborted) return;
      mayHaveErrands = true;
      dueAt = 0;
    },
  };
}
