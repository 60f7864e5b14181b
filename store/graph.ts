import type { ModelDefinition } from '../model/definition.ts';
import { dependenciesOf, type Dependency } from '../plan/dependencies.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import { hopsOf, type Hop, type Models } from '../plan/reach.ts';
import type { Queryable } from './database.ts';
import { Refusal } from './errors.ts';
import type { Links } from './links.ts';

/**
 * Bring the dependency graph of these models up to date (design 3.6): within a registration, and under its lock.
 *
 * Where it has changed, the edges of their objects are made anew, and each object that depends on others now gets
 * a new generation.
 *
 * @throws when model-deps names a model that is not there
 * @returns what there is to warn of
 */
export async function registerGraph(
  tx: Queryable,
  all: readonly ModelDefinition[],
  mine: readonly string[],
  overrides: ModelDeps,
): Promise<readonly string[]> {
  const { ofModel, faults, warnings } = dependenciesOf(all, overrides);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const models: Models = new Map(all.map((model) => [model.name, model]));

  // Alone: who walks a path right now ends first.
  await tx.query('select change_graph()');
  const changed: string[] = [];
  for (const model of mine) {
    const stored = (ofModel.get(model) ?? []).map((dependency) => storedForm(models, model, dependency));
    const rows = await tx.query(
      'update models set dependencies = $2 where name = $1 and dependencies <> $2 returning name',
      [model, JSON.stringify(stored.map(({ kind, path, destModel }) => ({ kind, path, destModel })))],
    );
    if (rows.length === 0) continue;
    changed.push(model);
    await tx.query('delete from paths where model = $1', [model]);
    for (const { kind, hops } of stored) {
      if (kind !== 'path' && kind !== 'service') continue;
      await tx.query('insert into paths (model, kind, fields, back) values ($1, $2, $3, $4)', [
        model,
        kind,
        hops.map(({ field }) => field),
        hops.map(({ back }) => back),
      ]);
    }
  }
  if (changed.length > 0) await tx.query('select redraw_graph($1)', [changed]);
  return warnings;
}

/** Follow all ways anew: links have changed that no write has, since their models have. Within a registration. */
export async function redrawPaths(tx: Queryable): Promise<void> {
  const rows = await tx.query<{ model: string }>('select distinct model from paths');
  if (rows.length > 0) await tx.query('select redraw_graph($1)', [rows.map(({ model }) => model)]);
}

interface Stored {
  readonly kind: 'link' | 'path' | 'service' | 'conservative';
  readonly path: readonly string[];
  readonly destModel: string;
  readonly hops: readonly Hop[];
}

function storedForm(models: Models, model: string, { kind, path, destModel }: Dependency): Stored {
  switch (kind) {
    case 'link':
      return { kind, path, destModel, hops: [] };
    case 'conservative':
      return { kind, path, destModel, hops: [] };
    case 'dotted':
      return { kind: 'path', path, destModel, hops: hopsOf(models, model, path) ?? [] };
    case 'service-instance-link':
    case 'service-dependency':
      return { kind: 'service', path, destModel, hops: hopsOf(models, model, path) ?? [] };
  }
}

/**
 * Follow a change of an object's links through the graph: a statement after the one that changed them.
 *
 * Every object whose path goes along them gets its edges anew, and a new generation when they differ.
 *
 * @param links what the changed fields lead to now, and led to before
 * @throws {Refusal} E_CYCLE when it closes a circle, naming it
 */
export async function followLinks(
  tx: Queryable,
  id: number,
  links: Links,
  before: Links,
  isNew: boolean,
): Promise<void> {
  const fields = Object.keys(links);
  if (fields.length === 0) return;
  const targets = [links, before].flatMap((part) =>
    Object.values(part)
      .flat()
      .map((ref) => ref.id),
  );
  const [row] = await tx.query<{ ids: number[] }>('select links_changed($1, $2, $3) as ids', [
    id,
    fields,
    targets,
  ]);
  // What is new has nothing that depends on it yet: only a way that now goes by it can close a circle.
  const ids = [...new Set([...(isNew ? [] : [id]), ...(row?.ids ?? [])])];
  const hasNewTargets = Object.values(links).some((refs) => refs.length > 0);
  if (ids.length === 0 || !hasNewTargets) return;
  const circle = await tx.query<{ model: string; id: number }>(
    `select o.model, o.id from unnest(closed_circle($1)) with ordinality c (id, at) join objects o on o.id = c.id
      order by c.at`,
    [ids],
  );
  if (circle.length === 0) return;
  const names = [...circle, ...circle.slice(0, 1)].map((ref) => `${ref.model}/${ref.id}`);
  throw new Refusal('E_CYCLE', `that would close a circle of dependencies: ${names.join(' → ')}`, {
    dependents: circle,
  });
}
