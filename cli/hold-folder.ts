import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from './explain.ts';

/**
 * Keep a folder for this process alone, until it ends or `release` is called.
 *
 * @throws {UsageError} when another living process holds it, naming it
 */
export async function holdFolder(dir: string, what: string): Promise<{ release: () => Promise<void> }> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, 'holder.pid');
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (isAlive(pid)) {
      throw new UsageError(
        `${what} is running already in ${dir} (process ${pid}); end it first, or run this one in another clone`,
      );
    }
    // Its holder was killed.
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
