import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../model/definition.ts';
import type { Database } from '../../store/database.ts';
import type { BackEnd } from './back-end.ts';
import type { People } from './people.ts';

interface Row {
  readonly id: number;
  readonly declarative: { readonly name: string; readonly n: number; readonly needs?: readonly Ref[] };
  readonly state: string;
  readonly status: string;
  readonly deleted: boolean;
}

/** So long may nothing move before it is said that nothing will. */
const STILL_MS = 90_000;

/** Wait until nothing is left to be done. @returns whether that came */
export async function settle(database: Database): Promise<boolean> {
  let last = '';
  for (let movedAt = performance.now(); performance.now() - movedAt < STILL_MS;) {
    const [row] = await database.query<{ left: number; attempts: number }>(
      `select (select count(*) from objects where deleted or enacted is distinct from generation)::int as left,
              coalesce((select max(id) from attempts), 0) as attempts`,
    );
    if (row?.left === 0) return true;
    const now = JSON.stringify(row);
    if (now !== last) movedAt = performance.now();
    last = now;
    await sleep(200);
  }
  return false;
}

/** Compare what was accepted, what the tables say, and what the back end has: broken promises, as sentences. */
export async function judge(database: Database, people: People, backEnd: BackEnd): Promise<string[]> {
  const rows = await database.query<Row>(
    `select o.id, o.declarative, o.deleted, s.state, s.backend_status as status
       from objects o join object_states((select array_agg(id) from objects)) s on s.id = o.id`,
  );
  const problems = [...backEnd.problems];
  const byName = new Map(rows.map((row) => [row.declarative.name, row]));
  for (const { name, id, may, mayBeGone } of people.wanted) {
    const row = byName.get(name);
    if (row === undefined) {
      const isAccountedFor = id === undefined || mayBeGone || people.marked.has(id);
      if (!isAccountedFor) problems.push(`Part/${id} was accepted, and is gone`);
      continue;
    }
    if (people.marked.has(row.id)) problems.push(`Part/${row.id} was to be deleted, and is ${row.state}`);
    if (!may.includes(row.declarative.n))
      problems.push(`Part/${row.id} has n = ${row.declarative.n}, and may have ${may.join(', ')}`);
  }
  for (const { id, declarative, state, status } of rows) {
    if (state !== 'Synced') problems.push(`Part/${id} is ${state}: ${status}`);
    const kept = backEnd.parts.get(id);
    const uses = (declarative.needs ?? []).map((ref) => ref.id).toSorted((a, b) => a - b);
    const is = { n: kept?.n, uses: kept?.uses.toSorted((a, b) => a - b) };
    if (!isDeepStrictEqual(is, { n: declarative.n, uses }))
      problems.push(
        `Part/${id} is ${JSON.stringify({ n: declarative.n, uses })}, and the back end has ${JSON.stringify(is)}`,
      );
  }
  const ids = new Set(rows.map(({ id }) => id));
  for (const id of backEnd.parts.keys())
    if (!ids.has(id)) problems.push(`Part/${id} is gone, but the back end still has it`);
  const overlaps = await database.query<{ id: number; number: number }>(
    `select a.object_id as id, a.number from attempts a
      where a.finished is null
         or exists (select 1 from attempts b where b.object_id = a.object_id and b.number > a.number and b.started < a.finished)`,
  );
  for (const { id, number } of overlaps)
    problems.push(`attempt ${number} on Part/${id} never ended, or only after the next had begun`);
  return problems;
}
