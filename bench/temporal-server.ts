import { join } from 'node:path';
import { startPostgres } from '../platform/postgres.ts';
import { startTemporalOnPostgres } from '../platform/temporal-on-postgres.ts';
import { startTemporal } from '../platform/temporal.ts';

/** `dev`: the development server on a file; `postgres`: one with 64 shards. */
export type Server = 'dev' | 'postgres';
export const SERVERS: readonly Server[] = ['dev', 'postgres'];

export interface TemporalServer {
  readonly address: string;
  /** All that it costs: with the Postgres that is its own, so that it is told apart from Accord's. */
  readonly pids: readonly number[];
  stop(): Promise<unknown>;
}

/** Start the Temporal that is measured. */
export async function startTemporalServer(server: Server, folder: string): Promise<TemporalServer> {
  const dir = join(folder, 'temporal');
  const onProgress = (sentence: string): void => console.error(sentence);
  if (server === 'dev') {
    const temporal = await startTemporal({ dir, headless: true, onProgress });
    return { address: temporal.address, pids: [temporal.pid], stop: () => temporal.stop() };
  }
  const postgres = await startPostgres({ dir: join(folder, 'temporal-postgres') });
  const temporal = await startTemporalOnPostgres({ dir, databaseUrl: postgres.url, onProgress });
  return {
    address: temporal.address,
    pids: [temporal.pid, postgres.pid],
    async stop() {
      await temporal.stop();
      await postgres.stop();
    },
  };
}
