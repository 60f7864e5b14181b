import { setTimeout as sleep } from 'node:timers/promises';
import { fleetLines } from './fleet-lines.ts';
import { printable } from './table.ts';
import type { Session } from './session.ts';

const EVERY_MS = 1_000;

/**
 * Keep the fleet in sight at the foot of the terminal until `signal`: counts by state, what has failed and why.
 *
 * Where nothing may move it does nothing: what an installation says there is in its logs and its REST API.
 */
export async function showFleet({ client, terminal }: Session, signal: AbortSignal): Promise<void> {
  const { live } = terminal;
  if (live === undefined) return;
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    const begun = performance.now();
    const lines = await Promise.all([client.summary(), client.synchronizers()]).then(
      ([summary, synchronizers]) => fleetLines(summary, synchronizers, terminal),
      (error: unknown) => [printable(error instanceof Error ? error.message : String(error))],
    );
    if (!isOver()) live(['', ...lines]);
    // A large fleet takes time to count: at most a tenth of it all is spent on that.
    const restMs = Math.max(EVERY_MS, 10 * (performance.now() - begun));
    await sleep(restMs, undefined, { signal }).catch(() => undefined);
  }
  live([]);
}
