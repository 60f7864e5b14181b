// What the `main.js` of a build imports from the package; tools/bundle-run.mjs makes a few files of all that it needs.
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** See cli/run-built.ts. */
export async function runBuilt(folder, args = []) {
  if (!args.includes('--check')) startWorkflowThread();
  const run = await import('../../dist/cli/run-built.js');
  return run.runBuilt(folder, args);
}

/** Temporal's thread for workflows takes as long to load as all else: with a second core, both at once. */
function startWorkflowThread() {
  // Of what Node has compiled before, a thread makes use only when it is told.
  const cache = getCompileCacheDir();
  const kept = cache && { NODE_COMPILE_CACHE: dirname(cache), NODE_COMPILE_CACHE_PORTABLE: '1' };
  const env = { ...process.env, ...kept };
  const start = () => new Worker(new URL('./workflow-thread.js', import.meta.url), { env });
  let early = start();
  early.unref();
  globalThis[Symbol.for('accord.workflowThread')] = () => {
    const thread = early ?? start();
    early = undefined;
    thread.ref();
    return thread;
  };
}
