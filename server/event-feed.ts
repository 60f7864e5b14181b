import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Database } from '../store/database.ts';
import { readEventsAfter, type Cursor, type StoredEvent } from '../store/events.ts';
import { RestoredError } from '../store/restored.ts';

/** Who hears of events: in order, each once. */
export interface Listener {
  readonly hear: (events: readonly StoredEvent[]) => void;
  /** Let it go: where it is, is a place in a log that is no more. */
  readonly end: () => void;
  readonly signal: AbortSignal;
}

export interface EventFeed {
  /**
   * Hear of all events after `cursor`, those that have been already first; as long as `signal` lasts.
   *
   * @throws when what has been already cannot be read
   */
  listen(listener: Listener, cursor: Cursor): Promise<void>;
  stop(): void;
}

const PAGE = 500;

/**
 * Create the feed of the event log: however many listen, the log is read once.
 *
 * It is looked at again and again, and not announced: a transaction that commits says nothing of those that are still
 * open and come before it.
 *
 * @param everyMs how often it looks while somebody listens @format milliseconds
 */
export function createEventFeed(database: Database, log: Log, everyMs = 250): EventFeed {
  const listeners = new Map<Listener, Cursor>();
  const stopping = new AbortController();
  /** All that comes before this has been told to those who listen. Absent while nobody does. */
  let tail: Cursor | undefined;

  async function run(from: Cursor): Promise<void> {
    tail = from;
    while (listeners.size > 0 && !stopping.signal.aborted) {
      try {
        const events = await readEventsAfter(database, tail, PAGE);
        tail = events.at(-1) ?? tail;
        for (const [listener, since] of listeners) tell(listener, since, events);
        if (events.length === PAGE) continue;
      } catch (error) {
        if (error instanceof RestoredError) for (const listener of listeners.keys()) listener.end();
        log.warn({ err: error }, 'events could not be read; trying again by itself');
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    tail = undefined;
  }

  return {
    async listen(listener, cursor) {
      let here = cursor;
      // What has been already is read for this one alone, until it has come to where the others are.
      for (;;) {
        const events = await readEventsAfter(database, here, PAGE);
        if (listener.signal.aborted) return;
        here = events.at(-1) ?? here;
        if (events.length > 0) listener.hear(events);
        if (events.length < PAGE && !isBefore(here, tail ?? here)) break;
      }
      // From here to its being entered nothing is waited for: nothing can come between.
      listeners.set(listener, here);
      listener.signal.addEventListener('abort', () => listeners.delete(listener));
      if (tail === undefined) void run(here);
    },
    stop: () => stopping.abort(),
  };
}

/** One that has come further than the others hears only of what is new to it. */
function tell(listener: Listener, since: Cursor, events: readonly StoredEvent[]): void {
  const fresh = events.filter((event) => isBefore(since, event));
  if (fresh.length > 0) listener.hear(fresh);
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return a.xid === b.xid ? a.id < b.id : BigInt(a.xid) < BigInt(b.xid);
}
