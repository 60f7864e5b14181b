import { createHash } from 'node:crypto';
import { mend } from './conform.ts';
import type { Database, Queryable } from './database.ts';
import { redrawPaths, registerGraph } from './graph.ts';
import type { ModelChange } from './model-changes.ts';
import {
  adopt,
  adoptDependsOn,
  changedModels,
  evaluatedModels,
  findAllUnfit,
  registerModel,
  reshapeObjects,
  retireModels,
} from './register-models.ts';
import { RegistrationRefused, type Migration, type Registration } from './registration.ts';
import { readRegistry, type RegisteredModel, type Registry } from './registry.ts';
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
  const evaluated = await evaluatedModels(tx);
  for (const model of registration.models) await registerModel(tx, synchronizer, model, before);
  const now = await readRegistry(tx);
  const changes = changedModels(before, now);
  const clashes = await reshapeObjects(tx, now, changes);
  for (const { definition } of registration.models) await adopt(tx, definition.name, before, now);
  await adoptDependsOn(tx, evaluated);
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
  await tx.query('select draw_views()');
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

/** A line for each model that comes, changes or goes. */
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
