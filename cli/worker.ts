import { readConfig } from '../config.ts';
import { endRuntime } from '../worker/end-runtime.ts';
import { runWorker } from '../worker/run.ts';
import { untilAsked } from './until-asked.ts';
import { READY } from './worker-process.ts';

/** Run a worker for the synchronizer in `folder` until it is asked to stop. */
export async function runWorkerCommand(folder: string): Promise<number> {
  const config = readConfig();
  // Loaded when a step needs it: many have no playbooks.
  const findAnsible = async () => {
    const { provideAnsible } = await import('../platform/ansible.ts');
    return provideAnsible((sentence) => process.stderr.write(`${sentence}\n`));
  };
  try {
    return await untilAsked(async (signal) => {
      const worker = await runWorker(config, folder, { findAnsible, signal });
      // Whoever started it may be gone, or a shell, which does not listen.
      process.send?.(READY, undefined, undefined, () => undefined);
      return worker;
    });
  } catch (error) {
    await endRuntime();
    throw error;
  }
}
