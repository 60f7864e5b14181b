import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { ApiEvent } from '../client/operate-wire.ts';
import { follow, isRefusal } from './follow.ts';

/** How the page is connected with the server. */
export type Connection = 'connecting' | 'live' | 'lost';

/** Events come in bursts: what they touch is asked once for each burst. */
const BURST_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
const MOST_EVENTS = 500;

interface Live {
  readonly connection: Connection;
  /** What has happened since the page was opened, latest first. */
  readonly events: readonly ApiEvent[];
}

let live: Live = { connection: 'connecting', events: [] };
const listeners = new Set<() => void>();

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const listener of listeners) listener();
}

export function useLive(): Live {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => live,
  );
}

/** Keep what is shown as it is on the server: follow the events for as long as the page is open. */
export function startLive(client: QueryClient): void {
  void run(client);
}

async function run(client: QueryClient): Promise<void> {
  const burst = createBurst(client);
  let cursor: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      for await (const message of follow(cursor)) {
        cursor = message.cursor;
        pauseMs = FIRST_PAUSE_MS;
        if (!('hello' in message)) burst(message);
        else if (live.connection !== 'live') {
          // What was asked while nothing was heard may be older than where the stream begins.
          if (live.connection === 'lost') void client.invalidateQueries();
          set({ connection: 'live' });
        }
      }
    } catch (error) {
      if (isRefusal(error)) await client.invalidateQueries({ queryKey: ['summary'] });
    }
    if (live.connection === 'live') set({ connection: 'lost' });
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Collect events; when there was a moment, ask anew what they may have changed. */
function createBurst(client: QueryClient): (event: ApiEvent) => void {
  let collected: ApiEvent[] = [];
  return (event) => {
    collected.push(event);
    if (collected.length > 1) return;
    setTimeout(() => {
      const events = collected;
      collected = [];
      set({ events: [...events.toReversed(), ...live.events].slice(0, MOST_EVENTS) });
      // Any object may wait for any other: what is on the screen is asked anew, whatever it shows.
      for (const queryKey of [['object'], ['pauses']]) void client.invalidateQueries({ queryKey });
      // These may take longer than a burst: what is being asked already is not asked once more.
      for (const queryKey of [['summary'], ['fleet']])
        void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
    }, BURST_MS);
  };
}
