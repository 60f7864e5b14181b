import { fileURLToPath } from 'node:url';
import { startProcess, type RunningProcess } from '../../platform/process.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** A process of the command `accord`. It does not outlive the tests. */
export interface AccordProcess extends RunningProcess {
  /** All that it has printed. */
  readonly lines: readonly string[];
  /** Wait for a line. Fails when the process has ended without it. */
  said(what: RegExp): Promise<string>;
}

/** What it gets of the environment of the tests; the rest is theirs to say. */
const INHERITED = ['PATH', 'HOME', 'XDG_CACHE_HOME'];

/** Starting takes seconds, on a machine that has other things to do. */
const PATIENCE_MS = 90_000;

/** Run `accord ARGS…` as a process of its own. */
export async function startAccord(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: { readonly cwd?: string; readonly stopSignal?: 'SIGTERM' | 'SIGINT' } = {},
): Promise<AccordProcess> {
  const lines: string[] = [];
  const env = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const running = await startProcess(process.execPath, [MAIN, ...args], {
    ...options,
    env: { ...env, ...environment },
    graceSeconds: 60,
    onLine: (line) => lines.push(line),
  });
  const said = (what: RegExp): Promise<string> =>
    waitFor(
      `accord ${args.join(' ')} to say ${String(what)}`,
      () => {
        const line = lines.find((one) => what.test(one));
        if (line === undefined && running.hasEnded()) throw new Error(`it has ended:\n${lines.join('\n')}`);
        return line;
      },
      () => lines.slice(-20),
      PATIENCE_MS,
    );
  return { ...running, lines, said };
}

/** Run `accord ARGS…` to its end. */
export async function accord(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
  options?: { readonly cwd?: string },
): Promise<{ code: number | null; output: string }> {
  const one = await startAccord(args, environment, options);
  await one.drained;
  return { code: (await one.ended).code, output: one.lines.join('\n') };
}
