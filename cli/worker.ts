import { readConfig } from '../config.ts';
import { provideAnsible } from '../platform/ansible.ts';
import { runWorker } from '../worker/run.ts';
import { untilAsked } from './until-asked.ts';

/** Run a worker for the synchronizer in `folder` until it is asked to stop. */
export async function runWorkerCommand(folder: string): Promise<number> {
  const config = readConfig();
  const findAnsible = () => provideAnsible((sentence) => process.stderr.write(`${sentence}\n`));
  return untilAsked((signal) => runWorker(config, folder, { findAnsible, signal }));
}
