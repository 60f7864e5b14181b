import { readConfig } from '../config.ts';
import { endRuntime } from '../worker/end-runtime.ts';
import { runWorker } from '../worker/run.ts';
import { untilAsked } from './until-asked.ts';

/** Run a worker for the synchronizer in `folder` until it is asked to stop. */
export async function runWorkerCommand(folder: string): Promise<number> {
  const config = readConfig();
  // Loaded when a step needs it: many have no playbooks.
  const findAnsible = async () => {
    const { provideAnsible } = await import('../platform/ansible.ts');
    return provideAnsible((sentence) => process.stderr.write(`${sentence}\n`));
  };
  try {
    return await untilAsked((signal) => runWorker(config, folder, { findAnsible, signal }));
  } catch (error) {
    await endRuntime();
    throw error;
  }
}
