import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The living processes whose command line holds `word`. */
export async function processesWith(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return command.includes(word) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** The processes between this one and `pid`, the nearest to it first. Empty: it is no descendant. */
export async function lineTo(pid: number): Promise<number[]> {
  const line: number[] = [];
  for (let here = pid; here !== process.pid;) {
    line.unshift(here);
    const stat = await readFile(`/proc/${here}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may hold anything.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (!(parent > 1)) return [];
    here = parent;
  }
  return line;
}

/** Wait until `state` holds. */
export async function until(
  what: string,
  state: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await state())) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}
