import type { ModelDefinition } from '../model/definition.ts';
import { findUnfit, type Unfit } from './conform.ts';
import type { Queryable } from './database.ts';
import { retakeKeys } from './keys.ts';
import { compareModels, type ModelChange } from './model-changes.ts';
import type { Registration } from './registration.ts';
import { leavesOf, type Registry } from './registry.ts';

/** Take from a synchronizer what it brings no longer. @returns what became of each of those models */
export async function retireModels(
  tx: Queryable,
  { synchronizer, models }: Registration,
  before: Registry,
): Promise<ReadonlyMap<string, string>> {
  const brought = new Set(models.map(({ definition }) => definition.name));
  const gone = [...before.values()].filter(
    ({ synchronizer: owner, definition }) => owner === synchronizer && !brought.has(definition.name),
  );
  const fates = new Map<string, string>();
  for (const { definition } of gone)
    fates.set(definition.name, await retireModel(tx, definition.name, synchronizer));
  return fates;
}

/** Take a model from a synchronizer. @returns `removed`, `held` because it has objects, or `handed to` another */
export async function retireModel(tx: Queryable, model: string, synchronizer: string): Promise<string> {
  const [row] = await tx.query<{ fate: string }>('select retire_model($1, $2) as fate', [
    model,
    synchronizer,
  ]);
  return row?.fate ?? '';
}

/** Register one model, unless another synchronizer acts on it. */
export async function registerModel(
  tx: Queryable,
  synchronizer: string,
  { definition, hasStep, hasPolicy, traits = {} }: Registration['models'][number],
  before: Registry,
): Promise<void> {
  const owner = before.get(definition.name);
  const isForeign = owner !== undefined && owner.synchronizer !== synchronizer;
  if (isForeign && owner.living && !(hasStep || hasPolicy)) return;
  await tx.query(
    `insert into models as m (name, synchronizer, definition, has_step, has_policy, app, plural, traits)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (name) do update set synchronizer = excluded.synchronizer, definition = excluded.definition,
       has_step = excluded.has_step, has_policy = excluded.has_policy, app = excluded.app, plural = excluded.plural,
       traits = excluded.traits, living = true, revision = m.revision + 1
     where (m.synchronizer, m.definition, m.has_step, m.has_policy, m.traits, m.living)
           is distinct from (excluded.synchronizer, excluded.definition, excluded.has_step, excluded.has_policy, excluded.traits, true)`,
    [
      definition.name,
      synchronizer,
      JSON.stringify(definition),
      hasStep,
      hasPolicy,
      definition.app,
      definition.plural,
      JSON.stringify(traits),
    ],
  );
}

/** The models that have another form than before, and those that link to what is none of theirs any more. */
export function changedModels(before: Registry, now: Registry): ModelChange[] {
  return [...now.values()].flatMap(({ definition }) => {
    const known = before.get(definition.name);
    if (known === undefined) return [];
    const change = compareModels(known.definition, definition);
    const strays = definition.links.filter(({ peer, narrowed = peer }) => {
      const leaves = new Set(leavesOf(now, narrowed));
      return leavesOf(before, narrowed).some((leaf) => !leaves.has(leaf));
    });
    const suspects = new Set([...change.suspects, ...strays.map(({ name }) => name)]);
    const isOther =
      change.lines.length > 0 || suspects.size > 0 || definition.abstract !== known.definition.abstract;
    return isOther ? [{ ...change, suspects }] : [];
  });
}

/** Bring stored objects into the form of their changed models. @returns what more than one has and only one may have */
export async function reshapeObjects(
  tx: Queryable,
  now: Registry,
  changes: readonly ModelChange[],
): Promise<Unfit[]> {
  const unfit: Unfit[] = [];
  for (const change of changes) {
    const { model, toMany, toOne, toFeedback, toDeclarative } = change;
    const definition = definitionOf(now, model);
    if (toMany.length + toOne.length + toFeedback.length + toDeclarative.length > 0) {
      await tx.query('select reshape($1, $2, $3, $4, $5)', [model, toMany, toOne, toFeedback, toDeclarative]);
    }
    if (change.hasOtherLinks) {
      await tx.query('select rebuild_links($1, $2)', [model, definition.links.map(({ name }) => name)]);
    }
    if (change.hasOtherKeys) {
      const clashes = await retakeKeys(tx, definition);
      unfit.push(...clashes.map(({ id, message }) => ({ ref: { model, id }, problem: message })));
    }
  }
  return unfit;
}

/** Let the objects of a model know who acts on them from now on. */
export async function adopt(tx: Queryable, model: string, before: Registry, now: Registry): Promise<void> {
  const was = before.get(model);
  const hasOtherStep = was !== undefined && was.hasStep !== now.get(model)?.hasStep;
  await tx.query('select adopt_policy($1)', [model]);
  if (hasOtherStep) await tx.query('select adopt_step($1)', [model]);
  await tx.query('select schedule_resyncs($1)', [model]);
  if (was?.living === false) await tx.query("select tell_errand('release', $1)", [`model:${model}`]);
}

/** The models whose step says itself what its objects depend on. */
export async function evaluatedModels(tx: Queryable): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ name: string }>('select name from models where evaluates(name)');
  return new Set(rows.map(({ name }) => name));
}

/** Let objects be asked what they depend on whose step says so now, and forget what one said that does no longer. */
export async function adoptDependsOn(tx: Queryable, before: ReadonlySet<string>): Promise<void> {
  const now = await evaluatedModels(tx);
  for (const model of new Set([...before, ...now])) {
    if (before.has(model) !== now.has(model)) await tx.query('select adopt_depends_on($1)', [model]);
  }
}

/** Find what stored objects have that their changed models do not allow. */
export async function findAllUnfit(
  tx: Queryable,
  now: Registry,
  changes: readonly ModelChange[],
): Promise<Unfit[]> {
  const unfit: Unfit[] = [];
  for (const { model, suspects } of changes) {
    unfit.push(...(await findUnfit(tx, now, definitionOf(now, model), suspects)));
  }
  return unfit;
}

function definitionOf(registry: Registry, model: string): ModelDefinition {
  const registered = registry.get(model);
  if (registered === undefined) throw new Error(`the model ${model} is not registered`);
  return registered.definition;
}
