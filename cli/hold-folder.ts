import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLock, type Lock } from '../tools/lock.mjs';
import { UsageError } from './explain.ts';

/** What keeps a folder has a name that begins so. */
export const HOLDER = 'holder.pid';

/**
 * Keep a folder for this process alone, until it ends or `release` is called.
 *
 * @throws {UsageError} when another living process holds it, naming it
 */
export async function holdFolder(dir: string, what: string): Promise<Lock> {
  await mkdir(dir, { recursive: true });
  const lock = await tryLock(join(dir, HOLDER));
  if (lock.holder === undefined) return lock;
  throw new UsageError(
    `${what} is running already in ${dir} (process ${lock.holder.pid}); end it first, or run this one in another clone`,
  );
}
