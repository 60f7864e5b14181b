import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Client } from '../client/http.ts';
import { ConfigError } from '../config.ts';

const LOOK_MS = 100;

/**
 * Wait until a server that was started here answers and knows these models: then the workers have registered.
 *
 * @throws {ConfigError} when it does not let us in: it never will
 */
export async function untilModelsKnown(
  client: Client,
  models: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const known = await client.models().catch(orNone);
    if (models.every((model) => known.some(({ name }) => name === model))) return;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** It may be on its way, or its database: but who is refused once is refused again. */
function orNone(error: unknown): readonly [] {
  if (!(error instanceof ApiError && [401, 403].includes(error.status))) return [];
  throw new ConfigError([
    `the server that was started here does not let us in: ${error.message}; set ACCORD_TOKEN, which is then its own and ours`,
  ]);
}
