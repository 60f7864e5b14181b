import { readConfig } from '../config.ts';
import { runServer } from '../server/run.ts';
import { EXIT } from './explain.ts';

/** Run the server until it is asked to stop, by SIGTERM or Ctrl-C; a second time ends it at once. */
export async function server(): Promise<number> {
  const config = readConfig();
  const stopping = new AbortController();
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping.signal.aborted) process.exit(EXIT.failed);
        stopping.abort();
        resolve();
      });
    }
  });
  try {
    const running = await runServer(config, { signal: stopping.signal });
    await asked;
    await running.stop();
  } catch (error) {
    // Asked to stop while it still waited for the database.
    if (!stopping.signal.aborted) throw error;
  }
  return EXIT.ok;
}
