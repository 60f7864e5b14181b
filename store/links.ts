import type { LinkDefinition, ModelDefinition, Ref } from '../model/definition.ts';
import { emptyRecord, own } from '../model/own.ts';
import type { Queryable } from './database.ts';
import type { Fault } from './errors.ts';
import { leavesOf, type Registry } from './registry.ts';
import type { Target } from './validate.ts';

/** Every link that a write sets, by name. */
export type Links = Readonly<Record<string, readonly Ref[]>>;

/**
 * Find the objects that links are to point to, and hold them: none can be deleted before this transaction ends.
 *
 * The law of two lookers (design 3.2, 3.8): here the target is locked FOR KEY SHARE and then seen to live; who
 * deletes it takes FOR UPDATE and then looks for links. Whoever comes second sees the first.
 */
export async function resolveLinks(
  tx: Queryable,
  registry: Registry,
  model: ModelDefinition,
  wanted: Readonly<Record<string, readonly Target[]>>,
): Promise<{ links: Links; faults: Fault[] }> {
  const ids = [...new Set(Object.values(wanted).flatMap((targets) => targets.map(({ id }) => id)))];
  if (ids.length > 0) await tx.query(LOCK_TARGETS, [ids]);
  const rows = ids.length > 0 ? await tx.query<TargetRow>(READ_TARGETS, [ids]) : [];
  const found = new Map(rows.map((row) => [row.id, row]));

  const faults: Fault[] = [];
  const links = emptyRecord<readonly Ref[]>();
  for (const link of model.links) {
    const targets = own(wanted, link.name);
    if (targets === undefined) continue;
    faults.push(...targets.flatMap((target) => faultOf(registry, link, target, found.get(target.id))));
    links[link.name] = targets.map(({ id }) => ({ model: found.get(id)?.model ?? link.peer, id }));
  }
  return { links, faults };
}

interface TargetRow {
  readonly id: number;
  readonly model: string;
  readonly deleted: boolean;
}

const LOCK_TARGETS = 'select 1 from objects where id = any ($1::bigint[]) order by id for key share';
const READ_TARGETS = 'select id, model, deleted from objects where id = any ($1::bigint[])';

function faultOf(
  registry: Registry,
  link: LinkDefinition,
  target: Target,
  row: TargetRow | undefined,
): Fault[] {
  const peer = link.narrowed ?? link.peer;
  const say = (problem: string): Fault[] => [{ field: link.name, message: `${link.name}: ${problem}` }];
  const named = `${target.model ?? row?.model ?? peer}/${target.id}`;
  if (row === undefined) return say(`there is no ${named}`);
  const isOfPeer = leavesOf(registry, peer).includes(row.model);
  const isAsNamed = target.model === undefined || leavesOf(registry, target.model).includes(row.model);
  if (!isAsNamed) return say(`there is no ${named}; ${target.id} is a ${row.model}`);
  if (!isOfPeer) return say(`${row.model}/${target.id} is not a ${peer}`);
  if (row.deleted) return say(`${row.model}/${target.id} is being deleted`);
  return [];
}

/** Write the rows of `links` that a write adds. */
export async function addLinks(tx: Queryable, { model, id: src }: Ref, links: Links): Promise<void> {
  const rows = Object.entries(links).flatMap(([field, targets]) => targets.map(({ id }) => ({ field, id })));
  if (rows.length === 0) return;
  // The graph stays as it is until this transaction has ended: a registration that changes it waits.
  await tx.query('select read_graph()');
  await tx.query(
    `insert into links (src, field, dst, counts)
     select $1, field, dst, link_counts($4, field) from unnest($2::text[], $3::bigint[]) as l (field, dst)
     on conflict do nothing`,
    [src, rows.map(({ field }) => field), rows.map(({ id }) => id), model],
  );
}

/**
 * Remove links, and see to what waited for that.
 *
 * A deleted target whose last link goes can be removed now: lock it first, then, in a later statement, see
 * whether it waits for that. Whoever is removing it at this moment has either seen our link, or is waited for.
 */
export async function removeLinks(
  tx: Queryable,
  src: number,
  fields: readonly string[],
  keep: Links,
): Promise<void> {
  if (fields.length === 0) return;
  const kept = Object.entries(keep).flatMap(([field, targets]) => targets.map(({ id }) => `${field} ${id}`));
  const gone = await tx.query<{ dst: number }>(
    `select distinct dst from links where src = $1 and field = any ($2) and field || ' ' || dst <> all ($3::text[])`,
    [src, fields, kept],
  );
  if (gone.length === 0) return;
  const ids = gone.map(({ dst }) => dst);
  await tx.query(LOCK_TARGETS, [ids]);
  await tx.query(
    `delete from links where src = $1 and field = any ($2) and field || ' ' || dst <> all ($3::text[])`,
    [src, fields, kept],
  );
  await tx.query(
    "select tell(id, 'changed', 3::smallint) from objects where id = any ($1::bigint[]) and deleted",
    [ids],
  );
}

/** A link as the object's declarative state shows it. */
export function linkValue(link: LinkDefinition, targets: readonly Ref[]): Ref | null | readonly Ref[] {
  return link.kind === 'manytomany' ? targets : (targets[0] ?? null);
}
