import { Runtime } from '@temporalio/worker';

/** End Temporal's native part, which keeps a process from ending where no worker was started that does. */
export async function endRuntime(): Promise<void> {
  await Runtime.instance().shutdown();
}
