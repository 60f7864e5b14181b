import { setTimeout as sleep } from 'node:timers/promises';
import type { VisibleEvent } from '../backend/playbook-events.ts';
import type { SysBundle } from '../backend/sys-bundle.ts';
import type { Log } from '../log.ts';
import { appendAttemptEvents, keepBundle, keepOutput, type AttemptEvent } from '../store/attempt-events.ts';
import type { Fence } from '../store/attempts.ts';
import type { Database } from '../store/database.ts';
import { mask, masked } from './mask.ts';

/** What an attempt leaves behind while it runs, for people. That it cannot be kept never fails the attempt. */
export interface Trail {
  /** Say that from here on something may be in the back end. */
  touch(): void;
  readonly isTouched: () => boolean;
  /** Keep an event of a playbook: it can be read at once. */
  note(event: VisibleEvent): void;
  /** Keep what is run. */
  run(bundle: SysBundle): Promise<void>;
  /** Keep what was printed. */
  print(output: string): Promise<void>;
  /** Wait until all is kept; nothing is added any more. */
  close(): Promise<void>;
}

/** Of one attempt, not more than this is kept. */
const MOST_EVENTS = 2_000;
const MOST_LENGTH = 1_000_000;
const MOST_OUTPUT = 65_536;
const LONGEST_BUNDLE = 262_144;
const BATCH = 200;
const PAUSE_MS = 1_000;

/**
 * Open the trail of an attempt.
 *
 * @param secrets may still grow: what is known when something is kept is masked in it
 */
export function openTrail(
  { database, fence, log }: { readonly database: Database; readonly fence: Fence; readonly log: Log },
  secrets: ReadonlySet<string>,
): Trail {
  const closing = new AbortController();
  const waiting: AttemptEvent[] = [];
  let writing: Promise<void> | undefined;
  let isTouched = false;
  let count = 0;
  let length = 0;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      try {
        await appendAttemptEvents(database, fence, batch);
        waiting.splice(0, batch.length);
      } catch (error) {
        if (closing.signal.aborted) {
          log.warn({ err: error }, 'events of a playbook could not be kept');
          return;
        }
        await sleep(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };
  const add = (event: Readonly<Record<string, unknown>>, time: number): void => {
    count += 1;
    waiting.push({ number: count, at: new Date(time), event });
    writing ??= write().finally(() => (writing = undefined));
  };
  const attempt = async (what: string, work: Promise<void>): Promise<void> => {
    await work.catch((error: unknown) =>
      log.warn({ err: error, what }, 'a part of the attempt could not be kept'),
    );
  };

  return {
    touch: () => void (isTouched = true),
    isTouched: () => isTouched,
    note({ time, ...given }) {
      if (closing.signal.aborted) return;
      const isFull = count > MOST_EVENTS || length > MOST_LENGTH;
      // How it ended is worth a place.
      if (isFull && given.event !== 'stats') return;
      const event = masked({ ...given, number: undefined }, secrets) as Readonly<Record<string, unknown>>;
      length += JSON.stringify(event).length;
      add(event, time);
      if (!isFull && (count === MOST_EVENTS || length > MOST_LENGTH)) {
        const text = `more happened than is kept of an attempt; events.jsonl of its folder in sys_dir has it all`;
        add({ event: 'note', text }, time);
      }
    },
    async run(bundle) {
      const kept = masked(bundle, secrets) as SysBundle;
      if (JSON.stringify(kept).length <= LONGEST_BUNDLE)
        await attempt('what is run', keepBundle(database, fence, kept));
      else {
        const text = 'what is run is longer than is kept of an attempt; it is in its folder in sys_dir';
        add({ event: 'note', text }, Date.now());
      }
    },
    async print(output) {
      const end = output.length <= MOST_OUTPUT ? output : `(…)\n${output.slice(-MOST_OUTPUT)}`;
      await attempt('what was printed', keepOutput(database, fence, mask(end, secrets)));
    },
    async close() {
      closing.abort();
      await writing;
    },
  };
}
