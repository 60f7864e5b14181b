// What the `main.js` of a build imports from the package; tools/bundle-run.mjs makes a few files of all that it needs.
import { Worker } from 'node:worker_threads';

/** See cli/run-built.ts. */
export async function runBuilt(folder, args = []) {
  if (!args.includes('--check')) startWorkflowThread();
  const run = await import('../../dist/cli/run-built.js');
  return run.runBuilt(folder, args);
}

/** Temporal's thread for workflows takes as long to load as all else: with a second core, both at once. */
function startWorkflowThread() {
  const start = () => new Worker(new URL('./workflow-thread.js', import.meta.url));
  let early = start();
  early.unref();
  globalThis[Symbol.for('accord.workflowThread')] = () => {
    const thread = early ?? start();
    early = undefined;
    thread.ref();
    return thread;
  };
}
