import { createHash } from 'node:crypto';
import type { ModelDefinition } from '../model/definition.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import type { Database, Queryable } from './database.ts';
import { registerGraph } from './graph.ts';
import { registerWatchers, type PollerRegistration, type WatcherRegistration } from './watchers.ts';

/** A model as it is registered, with what the engine must know of its synchronizer. */
export interface RegisteredModel {
  readonly definition: ModelDefinition;
  /** Its name is also the name of the task queue. */
  readonly synchronizer: string;
  readonly hasStep: boolean;
  readonly hasPolicy: boolean;
}

export type Registry = ReadonlyMap<string, RegisteredModel>;

/** What a model's step asks of the engine. */
export interface ModelTraits {
  /** The step says itself what its objects depend on, besides. */
  readonly dependsOn?: boolean;
  /** Clean objects are synchronized again this often. */
  readonly resyncEveryMs?: number;
}

/** What a worker brings. */
export interface Registration {
  readonly synchronizer: string;
  /** Accept and keep writes, relay nothing. */
  readonly disabled?: boolean;
  /** Pretend only. */
  readonly pretend?: boolean;
  readonly models: readonly {
    readonly definition: ModelDefinition;
    readonly hasStep: boolean;
    readonly hasPolicy: boolean;
    readonly traits?: ModelTraits;
  }[];
  /** What model-deps says in place of the models' own dependencies. */
  readonly modelDeps?: ModelDeps;
  readonly watchers?: readonly WatcherRegistration[];
  readonly pollers?: readonly PollerRegistration[];
}

/**
 * Register the models of a synchronizer. Writes nothing when they are registered so already.
 *
 * A model that two synchronizers bring alike (one of core, say) belongs to the one that has its step or policy.
 *
 * @throws when another synchronizer already brings the step or policy of one of the models, naming both
 * @returns what there is to warn of
 */
export async function register(database: Database, registration: Registration): Promise<readonly string[]> {
  const { modelDeps = new Map() } = registration;
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...registration, modelDeps: [...modelDeps] }))
    .digest('hex');
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(1633, 2)');
    const [known] = await tx.query<{ hash: string }>('select hash from synchronizers where name = $1', [
      registration.synchronizer,
    ]);
    if (known?.hash === hash) return [];
    const registry = await readRegistry(tx);
    refuseConflicts(registration, registry);
    await registerSynchronizer(tx, registration, hash);
    for (const model of registration.models) {
      const owner = registry.get(model.definition.name);
      const brings = model.hasStep || model.hasPolicy;
      const isForeign = owner !== undefined && owner.synchronizer !== registration.synchronizer;
      if (isForeign && !brings) continue;
      await tx.query(
        `insert into models (name, synchronizer, definition, has_step, has_policy, app, plural, traits)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (name) do update set synchronizer = excluded.synchronizer, definition = excluded.definition,
           has_step = excluded.has_step, has_policy = excluded.has_policy, app = excluded.app, plural = excluded.plural,
           traits = excluded.traits`,
        [
          model.definition.name,
          registration.synchronizer,
          JSON.stringify(model.definition),
          model.hasStep,
          model.hasPolicy,
          model.definition.app,
          model.definition.plural,
          JSON.stringify(model.traits ?? {}),
        ],
      );
      await tx.query('select adopt_policy($1)', [model.definition.name]);
      await tx.query('select schedule_resyncs($1)', [model.definition.name]);
    }
    const { watchers = [], pollers = [] } = registration;
    await registerWatchers(tx, registration.synchronizer, watchers, pollers);
    const now = await readRegistry(tx);
    const mine = [...now.values()].filter(({ synchronizer }) => synchronizer === registration.synchronizer);
    const warnings = await registerGraph(
      tx,
      [...now.values()].map(({ definition }) => definition),
      mine.map(({ definition }) => definition.name),
      modelDeps,
    );
    await tx.query("select pg_notify('accord_models', '')");
    return warnings;
  });
}

/** Register its switches; each that ends a hold releases what it held, each that begins one stops what runs. */
async function registerSynchronizer(tx: Queryable, registration: Registration, hash: string): Promise<void> {
  const { synchronizer, disabled = false, pretend = false } = registration;
  const [before] = await tx.query<{ disabled: boolean; pretend: boolean }>(
    'select disabled, pretend from synchronizers where name = $1 for update',
    [synchronizer],
  );
  await tx.query(
    `insert into synchronizers (name, hash, disabled, pretend) values ($1, $2, $3, $4)
     on conflict (name) do update set hash = excluded.hash, disabled = excluded.disabled, pretend = excluded.pretend,
       registered_at = now()`,
    [synchronizer, hash, disabled, pretend],
  );
  if (before === undefined) return;
  const begins = (disabled && !before.disabled) || (pretend && !before.pretend);
  if (begins) await tx.query("select stop_covered('synchronizer', $1)", [synchronizer]);
  const ends = (!disabled && before.disabled) || (!pretend && before.pretend);
  if (ends) await tx.query("select tell_errand('release', $1)", [`synchronizer:${synchronizer}`]);
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

/** Read all registered models. */
export async function readRegistry(queryable: Queryable): Promise<Registry> {
  const rows = await queryable.query<{
    name: string;
    definition: ModelDefinition;
    synchronizer: string;
    has_step: boolean;
    has_policy: boolean;
  }>('select name, definition, synchronizer, has_step, has_policy from models order by name');
  return new Map(
    rows.map((row) => [
      row.name,
      {
        definition: row.definition,
        synchronizer: row.synchronizer,
        hasStep: row.has_step,
        hasPolicy: row.has_policy,
      },
    ]),
  );
}

/** The model and its descendants: what a link to it accepts, and what a list of it shows. */
export function leavesOf(registry: Registry, model: string): string[] {
  return [...registry.values()]
    .filter(({ definition }) => definition.name === model || definition.bases.includes(model))
    .map(({ definition }) => definition.name);
}
