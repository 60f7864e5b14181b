import { nearest } from '../model/suggest.ts';
import type { Database } from './database.ts';
import { Refusal } from './errors.ts';
import type { Registry } from './registry.ts';
import { isStorable } from './storable.ts';
import type { Writer } from './types.ts';

/** What may be paused: an object by its id, a model or a synchronizer by its name. */
export interface HoldTarget {
  readonly scope: 'object' | 'model' | 'synchronizer';
  readonly name: string;
}

export interface Pause extends HoldTarget {
  readonly reason: string;
  readonly by: string;
  readonly since: Date;
  /** Null: until somebody resumes. */
  readonly until: Date | null;
}

/**
 * Hold objects back: running attempts are stopped, nothing begins, until somebody resumes or `until` has come.
 *
 * First the row, then, in a later statement, whoever has something under way: who begins after that sees the row.
 */
export async function pause(
  database: Database,
  registry: Registry,
  writer: Writer,
  target: HoldTarget,
  why: { readonly reason: string; readonly until?: Date },
): Promise<Pause> {
  return database.transaction(async (tx) => {
    await refuseUnknown(tx, registry, target);
    const [row] = await tx.query<Pause>(
      `insert into pauses (scope, name, reason, by, until) values ($1, $2, $3, $4, $5)
       on conflict (scope, name) do update set reason = excluded.reason, by = excluded.by, since = now(), until = excluded.until
       returning scope, name, reason, by, since, until`,
      [target.scope, target.name, why.reason, writer.name, why.until ?? null],
    );
    await tx.query('select stop_covered($1, $2)', [target.scope, target.name]);
    if (why.until !== undefined) {
      await tx.query("select tell_errand('release', $1, $2)", [`${target.scope}:${target.name}`, why.until]);
    }
    await audit(tx, 'paused', writer, target, why);
    if (row === undefined) throw new Error('Postgres returned no row for an insert');
    return row;
  });
}

/** End a pause. What it held back goes on. @returns whether there was one */
export async function resume(
  database: Database,
  registry: Registry,
  writer: Writer,
  target: HoldTarget,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    await refuseUnknown(tx, registry, target);
    const ended = await tx.query('delete from pauses where scope = $1 and name = $2 returning name', [
      target.scope,
      target.name,
    ]);
    if (ended.length === 0) return false;
    await tx.query("select tell_errand('release', $1)", [`${target.scope}:${target.name}`]);
    await audit(tx, 'resumed', writer, target, {});
    return true;
  });
}

/** The pauses that are in force, each with the model of the object when it is one that is paused. */
export function readPauses(database: Database): Promise<(Pause & { readonly model: string | null })[]> {
  return database.query(
    `select p.scope, p.name, p.reason, p.by, p.since, p.until, o.model
       from pauses p left join objects o on p.scope = 'object' and o.id::text = p.name
      where p.until is null or p.until > now() order by p.since`,
  );
}

/**
 * Put whatever a hold that ended held back into the outbox: the errand `release`.
 *
 * @param subject `scope:name`
 */
export async function release(database: Database, subject: string): Promise<void> {
  const [scope = '', name = ''] = split(subject);
  await database.transaction(async (tx) => {
    await tx.query('delete from pauses where scope = $1 and name = $2 and until <= now()', [scope, name]);
    await tx.query('select release_covered($1, $2)', [scope, name]);
  });
}

function split(subject: string): string[] {
  const at = subject.indexOf(':');
  return [subject.slice(0, at), subject.slice(at + 1)];
}

type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

async function refuseUnknown(tx: Tx, registry: Registry, { scope, name }: HoldTarget): Promise<void> {
  if (scope === 'model' && !registry.has(name)) {
    const guess = nearest(name, [...registry.keys()]);
    throw new Refusal(
      'E_UNKNOWN_MODEL',
      `there is no model ${name}${guess === undefined ? '' : `; did you mean ${guess}?`}`,
    );
  }
  const found =
    scope === 'model' ||
    // The database would be at a loss for it, instead of not finding it.
    (isStorable(name) && (await isKnown(tx, scope, name)));
  if (!found) throw new Refusal('E_NOT_FOUND', `there is no ${scope} ${name}`);
}

async function isKnown(tx: Tx, scope: 'object' | 'synchronizer', name: string): Promise<boolean> {
  const table = scope === 'object' ? 'objects where id' : 'synchronizers where name';
  return (await tx.query(`select 1 as found from ${table} = $1`, [name])).length > 0;
}

async function audit(
  tx: Tx,
  kind: string,
  writer: Writer,
  target: HoldTarget,
  detail: object,
): Promise<void> {
  await tx.query(
    `insert into events (kind, model, object_id, writer, detail)
     values ($1, (select o.model from objects o where o.id = $2), $2, $3, $4)`,
    [
      kind,
      target.scope === 'object' ? Number(target.name) : null,
      writer.name,
      JSON.stringify({ ...target, ...detail }),
    ],
  );
}
