import { fileURLToPath } from 'node:url';
import { startProcess, type RunningProcess } from '../../platform/process.ts';
import { waitFor } from './wait-for.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Runs a command on a terminal of its own, passes on what that shows, and ends with its exit code. */
const PTY = `
import os, pty, sys, fcntl, struct, termios, signal
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGINT))
while True:
    try:
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    os.write(1, part)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** A command on a terminal of a hundred columns and thirty lines. */
export interface PseudoTerminal extends RunningProcess {
  /** What stands on the screen now, and what has scrolled away above it. */
  screen(): string;
  /** All that was ever shown, drawings that were wiped included. */
  seen(): string;
  /** Wait for the screen to show something. */
  shows(what: RegExp, timeoutMs?: number): Promise<string>;
}

/** Run `accord ARGS…` on a terminal. Stopping it is Ctrl-C. */
export async function accordOnTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  options: { readonly cwd?: string } = {},
): Promise<PseudoTerminal> {
  let seen = '';
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  const env = {
    PATH,
    HOME,
    ...(XDG_CACHE_HOME && { XDG_CACHE_HOME }),
    TERM: 'xterm',
    NO_COLOR: '1',
    ...environment,
  };
  const running = await startProcess('python3', ['-c', PTY, process.execPath, MAIN, ...args], {
    ...options,
    env,
    graceSeconds: 60,
    onLine: (line) => (seen += `${line}\n`),
  });
  const screen = (): string => drawn(seen);
  return {
    ...running,
    screen,
    seen: () => seen,
    shows: (what, timeoutMs = 90_000) =>
      waitFor(
        `accord ${args.join(' ')} to show ${String(what)}`,
        () => {
          if (what.test(screen())) return screen();
          if (running.hasEnded()) throw new Error(`it has ended:\n${screen()}`);
          return undefined;
        },
        screen,
        timeoutMs,
      ),
  };
}

/** What a terminal makes of lines of text, going up by some, and wiping all that is below. */
function drawn(text: string): string {
  const lines = [''];
  let at = 0;
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  const parts = text.matchAll(/\u001b\[(?<count>[?\d;]*)(?<act>[A-Za-z])|\n|[^\u001b\n]+/g);
  for (const { 0: part, groups: { count = '', act } = {} } of parts) {
    if (part === '\n') lines[(at += 1)] ??= '';
    else if (act === 'A') at = Math.max(0, at - Number(count));
    else if (act === 'J') lines.splice(at, lines.length, '');
    else if (act === undefined) lines[at] = (lines[at] ?? '') + part;
  }
  return lines.join('\n');
}
