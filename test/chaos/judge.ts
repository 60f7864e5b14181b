import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../model/definition.ts';
import type { Database } from '../../store/database.ts';
import type { BackEnd } from './back-end.ts';
import { findsOf } from './calm.ts';
import { judgeCalls, type Begun, type Frozen } from './judge-calls.ts';
import { mayBe, type People } from './people.ts';

/** An object as the tables have it, and as it is shown. */
export interface Row {
  readonly id: number;
  readonly declarative: { readonly name: string; readonly n: number; readonly needs?: readonly Ref[] };
  readonly handle: string | null;
  /** Of the attempt that succeeded last. */
  readonly fence: number | null;
  readonly state: string;
  readonly status: string;
}

/** So long may nothing move before it is said that nothing will. */
const STILL_MS = 90_000;
/** How often it is said how much is left, and what the back end refuses is given another goal. */
const SAY_MS = 10_000;

/** Wait until nothing is left to be done. @returns whether that came */
export async function settle(
  database: Database,
  people: People,
  onProgress: (sentence: string) => void,
): Promise<boolean> {
  let last = '';
  let saidAt = 0;
  for (let movedAt = performance.now(); performance.now() - movedAt < STILL_MS;) {
    const [row] = await database.query<{ left: number; attempts: number }>(
      `select (select count(*) from objects where deleted or enacted is distinct from generation)::int as left,
              coalesce((select max(id) from attempts), 0) as attempts`,
    );
    if (row?.left === 0) return true;
    const now = JSON.stringify(row);
    if (now !== last) movedAt = performance.now();
    last = now;
    if (performance.now() - saidAt > SAY_MS) {
      onProgress(`${row?.left} are left to be done`);
      await people.mend();
      saidAt = performance.now();
    }
    await sleep(500);
  }
  return false;
}

/** Compare what was accepted, what the tables say, and what the back end was asked for: broken promises, as sentences. */
export async function judge(
  database: Database,
  people: People,
  backEnd: BackEnd,
  frozen: readonly Frozen[],
): Promise<string[]> {
  const begun = await database.query<Begun>(
    `select object_id as id, id as fence, extract(epoch from started)::float8 * 1000 as started from attempts`,
  );
  const goals = (id: number) => people.byId.get(id)?.goals ?? [];
  const rows = await database.query<Row>(
    `select o.id, o.declarative, o.feedback ->> 'backend_handle' as handle, s.state, s.backend_status as status,
            (select max(a.id) from attempts a where a.object_id = o.id and a.outcome = 'synced') as fence
       from objects o join object_states((select array_agg(id) from objects where model = 'Part')) s on s.id = o.id`,
  );
  return [
    ...judgeCalls({ calls: backEnd.calls, begun, frozen, goals }),
    ...judgeObjects(rows, people, backEnd),
    ...(await judgeAttempts(database)),
  ];
}

/** What was accepted is there as it was accepted, what was deleted is gone, and the back end has the same. */
export function judgeObjects(
  rows: readonly Row[],
  people: Pick<People, 'wanted' | 'marked'>,
  backEnd: Pick<BackEnd, 'parts'>,
): string[] {
  const problems: string[] = [];
  const byName = new Map(rows.map((row) => [row.declarative.name, row]));
  for (const one of people.wanted) {
    const row = byName.get(one.name);
    if (row === undefined) {
      const isAccountedFor = one.id === undefined || one.mayBeGone || people.marked.has(one.id);
      if (!isAccountedFor) problems.push(`Part/${one.id} was accepted, and is gone`);
      continue;
    }
    if (people.marked.has(row.id)) problems.push(`Part/${row.id} was to be deleted, and is ${row.state}`);
    const may = mayBe(one).map(({ n }) => n);
    if (!may.includes(row.declarative.n))
      problems.push(`Part/${row.id} has n = ${row.declarative.n}, and may have ${may.join(', ')}`);
  }
  for (const { id, declarative, handle, fence, state, status } of rows) {
    if (state !== 'Synced') problems.push(`Part/${id} is ${state}: ${status}`);
    const kept = backEnd.parts.get(id);
    const uses = (declarative.needs ?? []).map((ref) => ref.id).toSorted((a, b) => a - b);
    const is = { n: kept?.n, uses: kept?.uses.toSorted((a, b) => a - b) };
    if (!isDeepStrictEqual(is, { n: declarative.n, uses }))
      problems.push(
        `Part/${id} is ${JSON.stringify({ n: declarative.n, uses })}, and the back end has ${JSON.stringify(is)}`,
      );
    if (state === 'Synced' && (handle !== `by ${fence}` || kept?.fence !== fence))
      problems.push(
        `Part/${id} was made with fence ${fence}, its feedback is «${handle}», the back end's ${kept?.fence}`,
      );
  }
  const ids = new Set(rows.map(({ id }) => id));
  for (const id of backEnd.parts.keys())
    if (!ids.has(id)) problems.push(`Part/${id} is gone, but the back end still has it`);
  return problems;
}

/** One at a time, and each came to an end before the next began. */
async function judgeAttempts(database: Database): Promise<string[]> {
  const overlaps = await database.query<{ id: number; number: number }>(
    `select a.object_id as id, a.number from attempts a
      where a.finished is null
         or exists (select 1 from attempts b where b.object_id = a.object_id and b.number > a.number and b.started < a.finished)`,
  );
  return overlaps.map(
    ({ id, number }) => `attempt ${number} on Part/${id} never ended, or only after the next had begun`,
  );
}

/** What the tables tell besides; of attempts they keep an object's last twenty. */
export interface Figures {
  readonly foundBySweep: number;
  /** Attempts whose worker was killed in the middle; and those that another took over while their worker was frozen. */
  readonly killedInTheMiddle: number;
  readonly overtakenWhileFrozen: number;
}

export async function figuresOf(database: Database, frozen: readonly Frozen[]): Promise<Figures> {
  const lost = await database.query<{ worker: string; finished: number }>(
    `select worker, extract(epoch from finished)::float8 * 1000 as finished from attempts where code = 'worker-lost'`,
  );
  const overtaken = lost.filter(({ worker, finished }) =>
    frozen.some(({ pid, from, until }) => pid === pidOf(worker) && from < finished && finished < until),
  );
  return {
    foundBySweep: await findsOf(database),
    killedInTheMiddle: lost.length - overtaken.length,
    overtakenWhileFrozen: overtaken.length,
  };
}

/** A worker's name is that of its machine and its pid. */
const pidOf = (worker: string): number => Number.parseInt(worker.split(':').at(-1) ?? '');
