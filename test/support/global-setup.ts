import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../platform/postgres.ts';
import { startTemporal } from '../../platform/temporal.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the run's Postgres in which others may be created; see database.ts. */
    databaseUrl: string;
    temporalAddress: string;
  }
}

/**
 * Start one Postgres and one Temporal for the whole run, on free ports and in a folder of its own.
 *
 * DATABASE_URL and TEMPORAL_ADDRESS are not heeded: tests do not differ by machine, and never touch real data.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
  // The user that runs Postgres for root must be able to enter.
  await chmod(folder, 0o711);
  const onProgress = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  const [postgres, temporal] = await Promise.all([
    startPostgres({ dir: join(folder, 'postgres'), durable: false }),
    startTemporal({ dir: join(folder, 'temporal'), headless: true, onProgress }),
  ]);
  project.provide('databaseUrl', postgres.url);
  project.provide('temporalAddress', temporal.address);
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
    await Promise.all([folder, postgres.folder].map((path) => rm(path, { recursive: true, force: true })));
  };
}
