import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** One run of ansible-playbook. Paths are absolute. */
export interface Job {
  /** The command and its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** File that stdout is appended to, and stderr too, unless that has a file of its own. */
  readonly stdout: string;
  readonly stderr?: string;
  readonly timeoutSeconds?: number;
  /** Folder that is removed when the job has ended. */
  readonly scratch?: string;
}

/** How a job ended. `reason` says why it was ended, when it did not end by itself. */
export interface JobExit {
  readonly code?: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly reason: null | 'cancelled' | 'timeout' | 'orphaned' | 'killed' | 'unsupervised' | 'unstarted';
  readonly error?: string;
  readonly wallMs?: number;
  readonly cpuMs?: number;
  /** How many processes the job had left behind, which were then killed. */
  readonly killed?: number;
  /** How many could not be killed. */
  readonly left?: number;
}

/** Runs jobs, each under a supervisor that leaves no process behind. One per worker. */
export interface Dispatcher {
  /** Run a job to its end. An abort kills all its processes within a second. */
  run(job: Job, signal: AbortSignal): Promise<JobExit>;
  /** Kill what runs, and end. */
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./ansible/dispatch.py', import.meta.url));

/** A supervisor kills its job when this process has not renewed for so long: it is frozen, or cut off. */
const RENEW_WITHIN_SECONDS = 20;
const RENEW_EVERY_MS = 5_000;
/** When a kill shows no effect for so long, the dispatcher itself is stuck, and is killed. */
const STUCK_AFTER_MS = 5_000;

type Answer = { ev: 'ready' } | ({ ev: 'exit'; id: string } & JobExit);

/**
 * Create a dispatcher. Its process is started with the first job, and again when it has died.
 *
 * @param python the interpreter that Ansible is installed for
 */
export function createDispatcher(python: string): Dispatcher {
  let current: DispatcherProcess | undefined;
  let count = 0;
  return {
    async run(job, signal) {
      if (current === undefined || current.hasEnded()) current = startProcess(python);
      count += 1;
      return current.run(String(count), job, signal);
    },
    async stop() {
      await current?.stop();
    },
  };
}

interface DispatcherProcess {
  run(id: string, job: Job, signal: AbortSignal): Promise<JobExit>;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

function startProcess(python: string): DispatcherProcess {
  // Without the environment: it only forks and executes; a job gets its own. In a session of its own: Ctrl-C is for us.
  const child = spawn(python, ['-sB', SCRIPT], { cwd: '/', env: {}, detached: true });
  const jobs = new Map<string, (exit: JobExit) => void>();
  const say = (request: object): void => void child.stdin.write(`${JSON.stringify(request)}\n`);
  const renewals = setInterval(() => say({ op: 'renew' }), RENEW_EVERY_MS);

  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.ev === 'exit') jobs.get(answer.id)?.(answer);
  });
  // A write that crosses its end fails. The end itself is seen below.
  child.stdin.on('error', () => undefined);

  let ended = false;
  const end = Promise.withResolvers<void>();
  const onEnd = (error: string): void => {
    ended = true;
    clearInterval(renewals);
    for (const resolve of jobs.values()) resolve({ reason: 'unsupervised', error });
    end.resolve();
  };
  child.once('error', (error) => onEnd(error.message));
  // Not before the supervisors, which hold its stderr, are gone too: until then a job may live.
  child.once('close', () => onEnd(complaint.trim() || 'its dispatcher was killed'));

  return {
    hasEnded: () => ended,
    async run(id, job, signal) {
      if (signal.aborted) return { reason: 'cancelled' };
      const { promise, resolve } = Promise.withResolvers<JobExit>();
      let stuck: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        say({ op: 'kill', id });
        stuck = setTimeout(() => child.kill('SIGKILL'), STUCK_AFTER_MS);
      };
      signal.addEventListener('abort', cancel, { once: true });
      jobs.set(id, resolve);
      say({ op: 'run', id, ...job, renewSeconds: RENEW_WITHIN_SECONDS });
      try {
        return await promise;
      } finally {
        jobs.delete(id);
        clearTimeout(stuck);
        signal.removeEventListener('abort', cancel);
      }
    },
    async stop() {
      child.stdin.end();
      const stuck = setTimeout(() => child.kill('SIGKILL'), STUCK_AFTER_MS);
      await end.promise;
      clearTimeout(stuck);
    },
  };
}
