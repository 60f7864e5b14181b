import { UsageError } from './explain.ts';

/** Bring up what is missing, the server, and a worker for each folder. */
export async function runUp(folders: readonly string[]): Promise<number> {
  throw new UsageError(`up is not built yet (${folders.join(' ')})`);
}
