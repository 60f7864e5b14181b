import { UsageError } from './explain.ts';

/** Run a worker for the synchronizer in `folder`. */
export async function runWorkerCommand(folder: string): Promise<number> {
  throw new UsageError(`worker is not built yet (${folder})`);
}
