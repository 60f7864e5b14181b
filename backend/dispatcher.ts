import { availableParallelism, totalmem } from 'node:os';
import { startDispatcherProcess, type DispatcherProcess } from './dispatcher-process.ts';
import { jobEnvironment } from './job-environment.ts';
import { createPlaces } from './places.ts';

/** One run of ansible-playbook. Paths are absolute. */
export interface Job {
  /** The command `ansible-playbook` and its arguments. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** File that stdout is appended to, and stderr too, unless that has a file of its own. */
  readonly stdout: string;
  readonly stderr?: string;
  readonly timeoutSeconds?: number;
  /** Arguments of render.py, which then runs first. */
  readonly render?: readonly string[];
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
  /** Why it was run cold, if it was. */
  readonly cold?: string | null;
  /** How many processes the job had left behind, which were then killed. */
  readonly killed?: number;
  /** How many could not be killed. */
  readonly left?: number;
}

export interface DispatcherOptions {
  readonly ansible: { readonly playbook: string; readonly python: string };
  /** Where the playbooks are: an `ansible.cfg` there, or in the folder above, counts. */
  readonly playbooksDir: string;
  /**
   * `warm`: Ansible is imported once, and forked for each run; three times faster for one task.
   * `cold`: it is started anew for each run. Both mean the same; what the warm way cannot do faithfully runs cold.
   *
   * @default 'cold'
   */
  readonly mode?: 'warm' | 'cold';
  /** Most jobs at once; others wait for their turn. @default by cores and memory */
  readonly places?: number;
  /**
   * A job is killed when this process has not renewed for so long: it is frozen, and its lease may run out.
   *
   * @default 20 @format seconds
   */
  readonly renewWithinSeconds?: number;
}

/** Runs jobs, each under a supervisor that leaves no process behind. One per worker. */
export interface Dispatcher {
  /** The environment that jobs are to have. */
  readonly environment: Readonly<Record<string, string>>;
  /** Start its process ahead of the first job. Tells why all jobs will run cold, if they will. */
  start(): Promise<string | null>;
  /** Run a job to its end. An abort kills all its processes within a second. */
  run(job: Job, signal: AbortSignal): Promise<JobExit>;
  /** Kill what runs, and end. */
  stop(): Promise<void>;
}

/** More of them than twice the cores take longer together than one after another. Each needs about 150 MB. */
const DEFAULT_PLACES = Math.max(1, Math.min(2 * availableParallelism(), Math.floor(totalmem() / 150e6)));

/**
 * Create a dispatcher. Its process is started with the first job, and again when it has died.
 *
 * One that dies before it was ever ready is not warm: from then on all jobs run cold.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const environment = jobEnvironment(options.playbooksDir);
  const places = createPlaces(options.places ?? DEFAULT_PLACES);
  const { ansible, renewWithinSeconds = 20 } = options;
  let warm = options.mode === 'warm' ? environment : undefined;
  let whyCold: string | null = null;
  let current: { readonly process: DispatcherProcess; readonly isWarm: boolean } | undefined;
  // One that is stopped before it was ready did not fail, and wants no other in its place: nobody would stop that.
  let isStopped = false;
  const living = async (): Promise<DispatcherProcess> => {
    if (current === undefined || current.process.isEnding()) {
      const process = startDispatcherProcess({ ansible, warm, renewWithinSeconds });
      current = { process, isWarm: warm !== undefined };
    }
    const { process, isWarm } = current;
    const why = await process.ready;
    whyCold ??= why;
    if (!isWarm || why === null || !process.isEnding() || isStopped) return process;
    warm = undefined;
    return living();
  };
  return {
    environment,
    async start() {
      await living();
      return isStopped ? null : whyCold;
    },
    async run(job, signal) {
      const leave = await places.enter(signal);
      if (leave === undefined) return { reason: 'cancelled' };
      try {
        return await (await living()).run(job, signal);
      } finally {
        leave();
      }
    },
    async stop() {
      isStopped = true;
      await current?.process.stop();
    },
  };
}
