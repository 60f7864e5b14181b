import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Job, JobExit } from './dispatcher.ts';
import { CALLBACKS } from './job-environment.ts';

const SCRIPT = fileURLToPath(new URL('./ansible/dispatch.py', import.meta.url));

/** When a kill shows no effect for so long, the dispatcher itself is stuck, and is killed. */
const STUCK_AFTER_MS = 5_000;

type Answer = { ev: 'ready'; why: string | null } | { ev: 'ending' } | ({ ev: 'exit'; id: string } & JobExit);

/** A running `dispatch.py`. */
export interface DispatcherProcess {
  /** Settles when it takes jobs; why they will run cold, if they will. */
  readonly ready: Promise<string | null>;
  run(job: Job, signal: AbortSignal): Promise<JobExit>;
  /** It has ended, or takes no more jobs. */
  isEnding(): boolean;
  stop(): Promise<void>;
}

export interface DispatcherProcessOptions {
  readonly ansible: { readonly playbook: string; readonly python: string };
  /** The environment to import Ansible in; absent for a cold one. */
  readonly warm: Readonly<Record<string, string>> | undefined;
  readonly renewWithinSeconds: number;
}

/** Start a dispatcher. */
export function startDispatcherProcess(options: DispatcherProcessOptions): DispatcherProcess {
  const { ansible, warm, renewWithinSeconds } = options;
  const scratch = warm === undefined ? undefined : mkdtempSync(join(tmpdir(), 'accord-ansible-'));
  const args = scratch === undefined ? ['-s', SCRIPT] : [SCRIPT, '--warm', ansible.playbook, CALLBACKS];
  // A cold one only forks and executes: it needs no environment. In a session of its own: Ctrl-C is for us.
  const env = scratch === undefined ? {} : { ...warm, ANSIBLE_LOCAL_TEMP: scratch };
  const child = spawn(ansible.python, args, { cwd: '/', env, detached: true });
  const jobs = new Map<string, (exit: JobExit) => void>();
  const say = (request: object): void => void child.stdin.write(`${JSON.stringify(request)}\n`);
  const renewals = setInterval(() => say({ op: 'renew' }), renewWithinSeconds * 250);

  const ready = Promise.withResolvers<string | null>();
  let ending = false;
  let ended: JobExit | undefined;
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.ev === 'ready') ready.resolve(answer.why);
    else if (answer.ev === 'ending') ending = true;
    else jobs.get(answer.id)?.(answer);
  });
  // A write that crosses its end fails. The end itself is seen below.
  child.stdin.on('error', () => undefined);

  let count = 0;
  const end = Promise.withResolvers<void>();
  const onEnd = (error: string): void => {
    ending = true;
    clearInterval(renewals);
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    ended = { reason: 'unsupervised', error };
    for (const resolve of jobs.values()) resolve(ended);
    ready.resolve(error);
    end.resolve();
  };
  child.once('error', (error) => onEnd(error.message));
  // Not before the supervisors, which hold its stderr, are gone too: until then a job may live.
  child.once('close', () => onEnd(complaint.trim() || 'its dispatcher was killed'));

  return {
    ready: ready.promise,
    isEnding: () => ending,
    async run(job, signal) {
      if (signal.aborted) return { reason: 'cancelled' };
      if (ended !== undefined) return ended;
      count += 1;
      const id = String(count);
      const { promise, resolve } = Promise.withResolvers<JobExit>();
      let stuck: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        say({ op: 'kill', id });
        stuck = setTimeout(() => child.kill('SIGKILL'), STUCK_AFTER_MS);
      };
      signal.addEventListener('abort', cancel, { once: true });
      jobs.set(id, resolve);
      say({ op: 'run', id, ...job, renewSeconds: renewWithinSeconds });
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
