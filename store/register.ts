import { createHash } from 'node:crypto';
import type { ModelDefinition } from '../model/definition.ts';
import { findUnfit, mend, type Unfit } from './conform.ts';
import type { Database, Queryable } from './database.ts';
import { redrawPaths, registerGraph } from './graph.ts';
import { retakeKeys } from './keys.ts';
import { compareModels, type ModelChange } from './model-changes.ts';
import { RegistrationRefused, type Migration, type Registration } from './registration.ts';
import { leavesOf, readRegistry, type RegisteredModel, type Registry } from './registry.ts';
import { registerWatchers } from './watchers.ts';

/**
 * Register the models of a synchronizer. Writes nothing when they are registered so already.
 *
 * A model that two synchronizers bring alike (one of core, say) belongs to the one that has its step or policy.
 * Stored objects are brought into the form of a changed model where nothing is lost by it.
 *
 * @param options.accept let go of what does not fit, and let an older version take the place of a newer one
 * @throws {RegistrationRefused} when stored objects have what the models do not allow, naming them
 * @throws when another synchronizer already brings the step or policy of one of the models, naming both; when a newer
 *   version is registered
 */
export function register(
  database: Database,
  registration: Registration,
  options: { readonly accept?: boolean } = {},
): Promise<Migration> {
  return database.transaction(async (tx) => {
    const migration = await enter(tx, registration, options.accept ?? false);
    if (migration.unfit.length > 0) throw new RegistrationRefused(registration.synchronizer, migration.unfit);
    return migration;
  });
}

/**
 * Say what a registration would do to what is stored: it is done, and taken back.
 *
 * While that lasts, writes to objects of the models that change wait.
 */
export async function planRegistration(database: Database, registration: Registration): Promise<Migration> {
  try {
    return await database.transaction(async (tx) => {
      throw new TakenBack(await enter(tx, registration, false));
    });
  } catch (error) {
    if (error instanceof TakenBack) return error.migration;
    throw error;
  }
}

class TakenBack extends Error {
  readonly migration: Migration;
  constructor(migration: Migration) {
    super('a plan is taken back');
    this.migration = migration;
  }
}

async function enter(tx: Queryable, registration: Registration, accept: boolean): Promise<Migration> {
  const { synchronizer, modelDeps = new Map(), watchers = [], pollers = [] } = registration;
  await lockRegistrations(tx);
  const known = await readKnown(tx, synchronizer);
  const hash = hashOf(registration);
  if (known?.hash === hash) return { changes: [], unfit: [], warnings: [] };
  const before = await readRegistry(tx);
  if (!accept) refuseOlder(registration, known?.version ?? 0);
  refuseConflicts(registration, before);

  await registerSynchronizer(tx, registration, hash);
  const retired = await retireModels(tx, registration, before);
  for (const model of registration.models) await registerModel(tx, synchronizer, model, before);
  const now = await readRegistry(tx);
  const changes = changedModels(before, now);
  const clashes = await reshapeObjects(tx, now, changes);
  for (const { definition } of registration.models) await adopt(tx, definition.name, before, now);
  await registerWatchers(tx, synchronizer, watchers, pollers);
  const mine = [...now.values()].filter((model) => model.synchronizer === synchronizer);
  const warnings = await registerGraph(
    tx,
    [...now.values()].map(({ definition }) => definition),
    mine.map(({ definition }) => definition.name),
    modelDeps,
  );
  if (changes.some(({ hasOtherLinks }) => hasOtherLinks)) await redrawPaths(tx);

  const unfit = await findAllUnfit(tx, now, changes);
  const left = accept ? await mend(tx, now, unfit) : unfit;
  await tx.query("select pg_notify('accord_models', '')");
  return { changes: linesOf(before, now, changes, retired), unfit: [...clashes, ...left], warnings };
}

/** One registration at a time, in an installation. */
export async function lockRegistrations(tx: Queryable): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(1633, 2)');
}

interface Known {
  readonly hash: string;
  readonly version: number;
}

async function readKnown(tx: Queryable, synchronizer: string): Promise<Known | undefined> {
  const [row] = await tx.query<Known>('select hash, version from synchronizers where name = $1', [
    synchronizer,
  ]);
  return row;
}

const hashOf = (registration: Registration): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...registration, modelDeps: [...(registration.modelDeps ?? [])] }))
    .digest('hex');

function refuseOlder({ synchronizer, version = 0 }: Registration, registered: number): void {
  if (version >= registered) return;
  throw new Error(
    `synchronizer ${synchronizer} was not registered: this is its version ${version}, and version ${registered} is ` +
      'registered. Start that one; to go back to this one, `accord migrate --accept` it',
  );
}

function refuseConflicts(registration: Registration, registry: Registry): void {
  const taken = registration.models.flatMap(({ definition, hasStep, hasPolicy }) => {
    const owner = registry.get(definition.name);
    const isForeign = owner !== undefined && owner.synchronizer !== registration.synchronizer;
    if (!isForeign || !(hasStep || hasPolicy) || !(owner.hasStep || owner.hasPolicy)) return [];
    return [`${definition.name} (by ${owner.synchronizer})`];
  });
  if (taken.length === 0) return;
  throw new Error(
    `synchronizer ${registration.synchronizer} cannot be registered: another one already brings the step or policy of ` +
      `${taken.join(', ')}; a model has exactly one`,
  );
}

/** Register its switches; each that ends a hold releases what it held, each that begins one stops what runs. */
async function registerSynchronizer(tx: Queryable, registration: Registration, hash: string): Promise<void> {
  const { synchronizer, version = 0, disabled = false, pretend = false } = registration;
  const [before] = await tx.query<{ disabled: boolean; pretend: boolean }>(
    'select disabled, pretend from synchronizers where name = $1 for update',
    [synchronizer],
  );
  await tx.query(
    `insert into synchronizers (name, hash, version, brings, disabled, pretend) values ($1, $2, $3, $4, $5, $6)
     on conflict (name) do update set hash = excluded.hash, version = excluded.version, brings = excluded.brings,
       disabled = excluded.disabled, pretend = excluded.pretend, registered_at = now()`,
    [
      synchronizer,
      hash,
      version,
      registration.models.map(({ definition }) => definition.name),
      disabled,
      pretend,
    ],
  );
  if (before === undefined) return;
  const begins = (disabled && !before.disabled) || (pretend && !before.pretend);
  if (begins) await tx.query("select stop_covered('synchronizer', $1)", [synchronizer]);
  const ends = (!disabled && before.disabled) || (!pretend && before.pretend);
  if (ends) await tx.query("select tell_errand('release', $1)", [`synchronizer:${synchronizer}`]);
}

/** @returns what became of each model that it brings no longer */
async function retireModels(
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

async function registerModel(
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
function changedModels(before: Registry, now: Registry): ModelChange[] {
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
async function reshapeObjects(
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
async function adopt(tx: Queryable, model: string, before: Registry, now: Registry): Promise<void> {
  const was = before.get(model);
  const hasOtherStep = was !== undefined && was.hasStep !== now.get(model)?.hasStep;
  await tx.query('select adopt_policy($1)', [model]);
  if (hasOtherStep) await tx.query('select adopt_step($1)', [model]);
  await tx.query('select schedule_resyncs($1)', [model]);
  if (was?.living === false) await tx.query("select tell_errand('release', $1)", [`model:${model}`]);
}

async function findAllUnfit(tx: Queryable, now: Registry, changes: readonly ModelChange[]): Promise<Unfit[]> {
  const unfit: Unfit[] = [];
  for (const { model, suspects } of changes) {
    unfit.push(...(await findUnfit(tx, now, definitionOf(now, model), suspects)));
  }
  return unfit;
}

function linesOf(
  before: Registry,
  now: Registry,
  changes: readonly ModelChange[],
  retired: ReadonlyMap<string, string>,
): string[] {
  const acts = ({ hasStep, hasPolicy }: RegisteredModel): string => `${String(hasStep)} ${String(hasPolicy)}`;
  const actors = [...now.values()].filter((model) => {
    const was = before.get(model.definition.name);
    return was !== undefined && acts(was) !== acts(model) && !retired.has(model.definition.name);
  });
  const say = (has: boolean, what: string): string => (has ? what : `no ${what}`);
  return [
    ...[...now.keys()].filter((name) => !before.has(name)).map((name) => `+ ${name}`),
    ...changes
      .filter(({ lines }) => lines.length > 0)
      .map(({ model, lines }) => `~ ${model}: ${lines.join(', ')}`),
    ...actors.map(
      ({ definition, hasStep, hasPolicy }) =>
        `~ ${definition.name}: ${say(hasStep, 'step')}, ${say(hasPolicy, 'policy')} now`,
    ),
    ...[...retired].map(([name, fate]) =>
      fate === 'held'
        ? `- ${name}: its objects are held until some synchronizer has it again`
        : `- ${name}: ${fate}`,
    ),
  ];
}

function definitionOf(registry: Registry, model: string): ModelDefinition {
  const registered = registry.get(model);
  if (registered === undefined) throw new Error(`the model ${model} is not registered`);
  return registered.definition;
}
