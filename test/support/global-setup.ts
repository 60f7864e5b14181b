import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
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
  const parts = await Promise.allSettled([
    startPostgres({ dir: join(folder, 'postgres'), durable: false }),
    startTemporal({ dir: join(folder, 'temporal'), headless: true, onProgress }),
  ]);
  const [postgres, temporal] = parts;
  const elsewhere = postgres.status === 'fulfilled' ? postgres.value.folder : folder;
  const clear = (): void =>
    [folder, elsewhere].forEach((path) => rmSync(path, { recursive: true, force: true }));
  // When the run is interrupted: the servers end by themselves then.
  process.once('exit', clear);
  const teardown = async (): Promise<void> => {
    await Promise.all(parts.map(async (part) => part.status === 'fulfilled' && part.value.stop()));
    clear();
  };
  if (postgres.status === 'rejected' || temporal.status === 'rejected') {
    await teardown();
    throw new Error(
      parts.flatMap((part) => (part.status === 'rejected' ? [String(part.reason)] : [])).join('\n'),
    );
  }
  project.provide('databaseUrl', postgres.value.url);
  project.provide('temporalAddress', temporal.value.address);
  return teardown;
}
