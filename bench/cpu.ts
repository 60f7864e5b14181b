import { readdirSync, readFileSync } from 'node:fs';

/** Processor time of processes and their children, of a kind each: what a busy machine changes least. */
export interface CpuMeter {
  /** Milliseconds since the last call, by kind. */
  read(): Readonly<Record<string, number>>;
}

/** Clock ticks of Linux, whatever its kernel's own. */
const MS_PER_TICK = 10;

export function createCpuMeter(pids: Readonly<Record<string, readonly number[]>>): CpuMeter {
  const counted = Object.values(pids).flat();
  const taken = (): Record<string, number> => {
    const table = processes();
    const timeOfAll = (some: readonly number[]): number =>
      some.reduce((sum, pid) => sum + timeOf(pid, table, counted), 0);
    return Object.fromEntries(Object.entries(pids).map(([kind, some]) => [kind, timeOfAll(some)]));
  };
  let last = taken();
  return {
    read() {
      const now = taken();
      const spent = Object.fromEntries(
        Object.entries(now).map(([kind, ms]) => [kind, ms - (last[kind] ?? 0)]),
      );
      last = now;
      return spent;
    },
  };
}

interface ProcessTime {
  readonly parent: number;
  readonly ms: number;
}

function processes(): ReadonlyMap<number, ProcessTime> {
  const table = new Map<number, ProcessTime>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name of the program may hold anything; what follows it does not.
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [parent = 0, user = 0, system = 0, waitedUser = 0, waitedSystem = 0] = [1, 11, 12, 13, 14].map(
        (at) => fields[at],
      );
      table.set(Number(name), { parent, ms: (user + system + waitedUser + waitedSystem) * MS_PER_TICK });
    } catch {
      // It has ended meanwhile: its parent has its time.
    }
  }
  return table;
}

/** Of a process and what it has started, but for what is counted by itself. */
function timeOf(pid: number, table: ReadonlyMap<number, ProcessTime>, counted: readonly number[]): number {
  const children = [...table].filter(([child, { parent }]) => parent === pid && !counted.includes(child));
  return (
    (table.get(pid)?.ms ?? 0) + children.reduce((sum, [child]) => sum + timeOf(child, table, counted), 0)
  );
}
