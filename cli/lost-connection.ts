import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, ServerUnavailable } from '../client/http.ts';
import type { Terminal } from './terminal.ts';

const AGAIN_MS = 1_000;

/** Is the server on its way back, perhaps? What it refuses, it refuses again. */
export function isAway(error: unknown): error is Error {
  return error instanceof ServerUnavailable || (error instanceof ApiError && error.status === 503);
}

/** Is told each time that a connection was lost, with what was said, or is there; says so when that changes. */
export type Teller = (lost: Error | undefined) => void;

export function connectionTeller(terminal: Terminal): Teller {
  let isLost = false;
  return (lost) => {
    if (isLost !== (lost !== undefined))
      terminal.note(lost === undefined ? 'connected again' : `${lost.message}; trying again`);
    isLost = lost !== undefined;
  };
}

/** Ask a server until it answers. */
export async function askAgain<T>(ask: () => Promise<T>, tell: Teller): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      tell(undefined);
      return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      tell(error);
    }
    await sleep(AGAIN_MS);
  }
}
