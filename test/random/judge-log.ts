import { nameOf, WITH_POLICY, WITH_STEP } from './models.ts';
import type { Evidence } from './judge.ts';

interface AttemptRow {
  readonly id: number;
  readonly number: number;
  readonly fence: number;
  readonly kind: string;
  readonly started: number;
  readonly finished: number | null;
  readonly outcome: string | null;
  readonly code: string | null;
}

/** Clocks of two processes on one machine: what is nearer than this proves nothing. */
const SLACK_MS = 2;

/** Read the log of attempts, and look for one that should not have begun: broken promises, as sentences. */
export async function judgeLog(evidence: Evidence): Promise<string[]> {
  const { store, ledger, witness, refs } = evidence;
  const ids = refs.map(({ id }) => id);
  const rows = await store.database.query<AttemptRow>(
    `select object_id as id, number, id as fence, kind, extract(epoch from started)::float8 * 1000 as started,
            extract(epoch from finished)::float8 * 1000 as finished, outcome, code
       from attempts where object_id = any ($1::bigint[]) order by object_id, number`,
    [ids],
  );
  const modelOf = new Map(refs.map(({ id, model }) => [id, model]));
  const problems: string[] = [];

  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    const name = `attempt ${row.number} on ${modelOf.get(row.id) ?? '?'}/${row.id}`;
    if (row.finished === null) problems.push(`${name} was never finished`);
    if (row.code === 'worker-lost') problems.push(`${name} lost its worker, although none was killed`);
    if (before?.id === row.id && before.finished !== null && before.finished > row.started + SLACK_MS)
      problems.push(`${name} began before the one before had ended`);
  }

  /** When the attempt began that made this call; undefined when it is not kept any more. */
  const startOf = (call: { id: number; fence: number }): number | undefined =>
    rows.find(({ id, fence }) => id === call.id && fence === call.fence)?.started;

  for (const { call, dependency, since } of witness.suspicions) {
    const model = modelOf.get(dependency) ?? '';
    if (!WITH_STEP.includes(model) && !WITH_POLICY.includes(model)) continue;
    if ([ledger.unmanaged, ledger.unpoliced, ledger.orphaned].some((ones) => ones.has(dependency))) continue;
    if ((startOf(call) ?? 0) > since + SLACK_MS)
      problems.push(
        `${call.kind} ${nameOf(call)} began while ${model}/${dependency}, which it uses, was dirty`,
      );
  }
  for (const call of witness.calls) {
    const start = startOf(call);
    if (start === undefined) continue;
    for (const { what, from, until, kind, covers } of ledger.spans) {
      if (kind !== undefined && kind !== call.kind) continue;
      if (start > from + SLACK_MS && call.at < until - SLACK_MS && covers(call))
        problems.push(`${call.kind} ${nameOf(call)} began, although held: ${what}`);
    }
  }
  return problems;
}

/** What is left over in the tables where nothing should be, and what the sweep had to find. */
export async function judgeTables({ store, refs }: Evidence): Promise<string[]> {
  const ids = refs.map(({ id }) => id);
  const rows = await store.database.query<{ problem: string }>(LEFT_OVER, [ids]);
  return rows.map(({ problem }) => problem);
}

const LEFT_OVER = `
select format('the sweep found %s, although no process was killed', e.object_id) as problem
  from events e where e.kind = 'found by the sweep' and e.object_id = any ($1::bigint[])
union all
select format('%s still waits for %s', w.waiter, w.waited) from waits w where w.waiter = any ($1::bigint[])
union all
select format('event %s of %s was parked: %s', d.id, d.object_id, d.error) from deliveries d where d.parked and d.object_id = any ($1::bigint[])
union all
select format('%s/%s may still use %s, which it does not depend on any more', o.model, o.id, h.dst)
  from objects o join held h on h.src = o.id
 where o.id = any ($1::bigint[]) and not o.no_sync and h.dst not in (select d.id from dependencies_of(o.id) d)
union all
select format('%s/%s depends on %s, and does not hold it', o.model, o.id, d.id)
  from objects o cross join lateral dependencies_of(o.id) d
 where o.id = any ($1::bigint[]) and not o.no_sync and has_step(o.model)
   and not exists (select 1 from held h where h.src = o.id and h.dst = d.id)
union all
select format('place of %s is still taken', p.object_id) from places p where p.object_id = any ($1::bigint[])`;
