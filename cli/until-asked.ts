import { EXIT } from './explain.ts';

/** Something that runs until it is stopped. */
export interface Running {
  /** Settles when it ends by itself. */
  readonly done?: Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/**
 * Start something, and stop it in good order on SIGTERM or Ctrl-C; a second time ends the process at once.
 *
 * @param start is told by `signal` when it was asked to stop before it had started
 */
export async function untilAsked(start: (signal: AbortSignal) => Promise<Running>): Promise<number> {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping()) process.exit(EXIT.failed);
        stopping.abort();
        resolve();
      });
    }
  });
  try {
    const running = await start(stopping.signal);
    try {
      await Promise.race([asked, running.done ?? asked]);
    } finally {
      await running.stop();
    }
  } catch (error) {
    // Asked to stop while it was still starting.
    if (!isStopping()) throw error;
  }
  return EXIT.ok;
}
