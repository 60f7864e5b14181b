import type { Call } from './back-end.ts';
import { lastHeard, type Goal } from './people.ts';

/** An attempt as the tables have it. `id` is of its object, `fence` what it shows to the back end. */
export interface Begun {
  readonly id: number;
  readonly fence: number;
  /** @format milliseconds */
  readonly started: number;
}

/** A process was frozen. */
export interface Frozen {
  readonly pid: number;
  /** @format milliseconds */
  readonly from: number;
  readonly until: number;
}

/** All that promises 2 and 3 are judged by. */
export interface CallLog {
  readonly calls: readonly Call[];
  /** Of the attempts those that the tables still have. */
  readonly begun: readonly Begun[];
  readonly frozen: readonly Frozen[];
  /** What people asked an object to be, in order. */
  readonly goals: (id: number) => readonly Goal[];
}

/** Clocks of two processes on one machine: what is nearer than this proves nothing. */
const SLACK_MS = 5;

/** Judge order and leases by what the back end was really asked for: broken promises, as sentences. */
export function judgeCalls(log: CallLog): string[] {
  return [...judgeOrder(log), ...judgeCleanness(log), ...judgeLeases(log)];
}

/** What is used is there before what uses it is made, and after that is gone. */
function judgeOrder({ calls }: CallLog): string[] {
  const problems: string[] = [];
  const parts = new Map<number, readonly number[]>();
  const users = new Map<number, Set<number>>();
  const replace = (id: number, uses: readonly number[]): void => {
    for (const used of parts.get(id) ?? []) users.get(used)?.delete(id);
    for (const used of uses) users.set(used, (users.get(used) ?? new Set()).add(id));
  };
  for (const { method, id, uses, verdict } of calls) {
    if (verdict === 'stale') continue;
    if (method === 'DELETE') {
      for (const user of users.get(id) ?? [])
        problems.push(`Part/${id} was deleted while Part/${user} used it`);
      replace(id, []);
      parts.delete(id);
      continue;
    }
    for (const used of uses.filter((one) => !parts.has(one)))
      problems.push(`Part/${id} was made before Part/${used}, which it uses`);
    if (verdict !== 'done') continue;
    replace(id, uses);
    parts.set(id, uses);
  }
  return problems;
}

/** What was accepted for a dependency before an attempt began had been made before that attempt's first call. */
function judgeCleanness({ calls, begun, goals }: CallLog): string[] {
  const startOf = new Map(begun.map(({ id, fence, started }) => [`${id} ${fence}`, started]));
  const made = new Map<string, number>();
  for (const { method, id, n, answeredAt } of calls)
    if (method === 'PUT' && answeredAt !== undefined)
      made.set(`${id} ${n}`, Math.min(answeredAt, made.get(`${id} ${n}`) ?? Infinity));

  return calls.flatMap(({ method, id, fence, uses, at, verdict }) => {
    const started = startOf.get(`${id} ${fence}`);
    if (method === 'DELETE' || verdict === 'stale' || started === undefined) return [];
    return uses.flatMap((used) => {
      const asked = goals(used);
      const from = lastHeard(asked, started - SLACK_MS);
      const isClean =
        from < 0 || asked.slice(from).some(({ n }) => (made.get(`${used} ${n}`) ?? Infinity) <= at);
      return isClean ? [] : [`Part/${id} was made while Part/${used}, which it uses, was dirty`];
    });
  });
}

/**
 * No call of an attempt comes after another attempt on the object has begun: but one, of a process that was frozen
 * meanwhile, may have been under way.
 */
function judgeLeases({ calls, begun, frozen }: CallLog): string[] {
  const problems: string[] = [];
  const attempts = new Map<string, Call[]>();
  for (const call of calls) {
    const key = `${call.id} ${call.fence}`;
    attempts.set(key, [...(attempts.get(key) ?? []), call]);
  }
  /** By object: each attempt with the first that was heard of it. */
  const heard = new Map<number, { readonly fence: number; readonly at: number }[]>();
  const hear = (id: number, fence: number, at: number): void => {
    heard.set(id, [...(heard.get(id) ?? []), { fence, at }]);
  };
  for (const [first] of attempts.values()) if (first !== undefined) hear(first.id, first.fence, first.at);
  for (const { id, fence, started } of begun) hear(id, fence, started);

  for (const its of attempts.values()) {
    const [first] = its;
    if (first === undefined) continue;
    const { id, fence, pid } = first;
    if (its.some((call) => call.pid !== pid))
      problems.push(`two processes had fence ${fence} of Part/${id}: the back end cannot tell them apart`);
    const later = (heard.get(id) ?? []).filter((other) => other.fence > fence).map(({ at }) => at);
    const overtakenAt = Math.min(...later);
    const late = its.filter(({ at }) => at > overtakenAt + SLACK_MS);
    const [only] = late;
    if (only === undefined) continue;
    const wasFrozen = frozen.some((one) => one.pid === pid && one.from < only.at && one.until > overtakenAt);
    if (late.length > 1)
      problems.push(`worker ${pid} began another call for Part/${id} after fence ${fence} was overtaken`);
    else if (!wasFrozen)
      problems.push(
        `worker ${pid}, which nobody froze, called for Part/${id} after fence ${fence} was overtaken`,
      );
  }
  return problems;
}
