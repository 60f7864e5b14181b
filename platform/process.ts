import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartOptions {
  cwd?: string;
  /** The whole environment of the process. @default that of this process */
  env?: NodeJS.ProcessEnv;
  /** Run as another user (only root can). */
  user?: { uid: number; gid: number };
  /** Append stdout and stderr to this file. */
  logFile?: string;
  /** Receive stdout and stderr, line by line, in place of `logFile`. */
  onLine?: (line: string) => void;
  /** Receive what it sends by `process.send`: it is a Node. */
  onMessage?: (message: unknown) => void;
  /** What asks the process to end in good order. @default SIGTERM */
  stopSignal?: 'SIGTERM' | 'SIGINT';
  /** How long it may take for that, before it is killed. @default 10 seconds @format seconds */
  graceSeconds?: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** Settles when the process has ended, however it ended. */
  readonly ended: Promise<Exit>;
  /** Settles when, besides, all that it printed has been read. */
  readonly drained: Promise<void>;
  hasEnded(): boolean;
  /** Ask it to end, wait, kill it when it does not. */
  stop(): Promise<Exit>;
  /** Kill it at once, as a power cut would. */
  kill(): Promise<Exit>;
}

/**
 * Runs before the process itself, and becomes it (exec keeps the pid).
 *
 * It leaves a watcher behind that reads descriptor 3, whose other end only our process holds; 4 is for messages, and none
 * of its business. A line means that all is done. End of file means that our process is gone, SIGKILL included: the watcher then stops the orphan. Forked twice,
 * so that the process never meets a child that it did not start (Postgres takes that for a crash).
 */
const UNDER_WATCH = `
stop=$1 grace=$2; shift 2
( (
  exec >/dev/null 2>&1 4>&-
  if ! read -r word <&3; then
    kill -s "$stop" $$
    while [ "$grace" -gt 0 ] && kill -0 $$; do sleep 1; grace=$((grace - 1)); done
    kill -0 $$ && kill -s KILL $$
  fi
) & )
exec 3<&-
exec "$@"
`;

/**
 * Start a process that does not outlive this one, even when this one is killed.
 *
 * It gets a session of its own: Ctrl-C at the terminal reaches only us, and we stop our parts in order.
 * A command that does not exist is seen as an end with code 127.
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<RunningProcess> {
  const stopSignal = options.stopSignal ?? 'SIGTERM';
  const graceSeconds = options.graceSeconds ?? 10;
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a');
  const output = log ?? (options.onLine === undefined ? 'ignore' : 'pipe');
  const channel = options.onMessage === undefined ? [] : (['ipc'] as const);
  const stdio: StdioOptions = ['ignore', output, output, 'pipe', ...channel];
  const shell = ['-c', UNDER_WATCH, 'accord', stopSignal.slice('SIG'.length), String(graceSeconds)];
  const child = spawn('/bin/sh', [...shell, command, ...args], {
    detached: true,
    stdio,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...options.user,
  });
  if (log !== undefined) closeSync(log);

  const ended = watchEnd(child);
  const drained = new Promise<void>((resolve) => child.once('close', () => resolve()));
  if (options.onLine !== undefined) forwardLines(child, options.onLine);
  if (options.onMessage !== undefined) child.on('message', options.onMessage);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} was spawned without a pid`);

  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = (): Promise<Exit> => {
    child.kill('SIGKILL');
    return ended;
  };
  const stop = async (): Promise<Exit> => {
    child.kill(stopSignal);
    const timer = setTimeout(() => void kill(), graceSeconds * 1000);
    try {
      return await ended;
    } finally {
      clearTimeout(timer);
    }
  };
  return { pid, ended, drained, hasEnded, stop, kill };
}

/** Run a process to its end, which comes early when we die. @returns also all that it printed */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: Omit<StartOptions, 'logFile' | 'onLine'> = {},
): Promise<{ exit: Exit; output: string }> {
  const lines: string[] = [];
  const running = await startProcess(command, args, { ...options, onLine: (line) => lines.push(line) });
  await running.drained;
  return { exit: await running.ended, output: lines.join('\n') };
}

function watchEnd(child: ChildProcess): Promise<Exit> {
  const link = child.stdio[3] as Duplex;
  // The watcher may be gone before us; nothing is lost by that.
  link.on('error', () => undefined);
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      link.end('done\n', () => link.destroy());
      resolve({ code, signal });
    });
  });
}

function forwardLines(child: ChildProcess, onLine: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    createInterface({ input: stream }).on('line', onLine);
  }
}
