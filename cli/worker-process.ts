import { createWriteStream } from 'node:fs';
import { startProcess, type RunningProcess } from '../platform/process.ts';

/** A worker for a synchronizer, as a process of its own. */
export interface WorkerProcess extends RunningProcess {
  /** Settles when it takes work: true; or when it has ended without: false. */
  readonly ready: Promise<boolean>;
  /** What it said last. */
  readonly lastWords: () => string;
}

const WORDS = 12;

/** What a worker sends to who started it when it takes work. Its log says so, too, but only as far as it is wanted. */
export const READY = 'ready';

/** Start `accord worker`; what it says is appended to `logFile`. */
export async function startWorkerProcess(
  command: readonly [string, ...string[]],
  { env, logFile }: { readonly env: NodeJS.ProcessEnv; readonly logFile: string },
): Promise<WorkerProcess> {
  const log = createWriteStream(logFile, { flags: 'a' });
  // A full disk is no reason to end: what it says is lost, what it does is not.
  log.on('error', () => undefined);
  const last: string[] = [];
  const isReady = Promise.withResolvers<boolean>();
  const [file, ...args] = command;
  const one = await startProcess(file, args, {
    env,
    // A worker may need its 30 seconds to hand back what it does.
    graceSeconds: 60,
    onLine: (line) => {
      log.write(`${line}\n`);
      last.push(line);
      if (last.length > WORDS) last.shift();
    },
    onMessage: (message) => {
      if (message === READY) isReady.resolve(true);
    },
  });
  void one.drained.then(() => {
    log.end();
    isReady.resolve(false);
  });
  return { ...one, ready: isReady.promise, lastWords: () => last.join('\n') };
}
