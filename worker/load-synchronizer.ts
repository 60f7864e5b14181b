import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LoadedPoller, LoadedWatcher } from '../activities/index.ts';
import { modelNamesOf, type AnyPolicy, type AnyStep } from '../define/synchronizer.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';
import { dependenciesOf } from '../plan/dependencies.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import { BUILT_WORKFLOWS, readManifest } from './build-manifest.ts';
import { MODULE_FOLDERS, type ModuleFolders } from './import-definition.ts';
import { instanceFaults } from './instance-faults.ts';
import { loadBuilt } from './load-built.ts';
import { loadPolicies } from './load-policies.ts';
import { loadPollers } from './load-pollers.ts';
import { loadWatchers } from './load-watchers.ts';
import type { loadWritten, Parts } from './load-written.ts';
import { SynchronizerError } from './synchronizer-error.ts';

/** A synchronizer, loaded and found sound. */
export interface LoadedSynchronizer {
  readonly name: string;
  readonly folder: string;
  readonly models: readonly ModelDefinition[];
  /** What model-deps says in place of the models' own dependencies. */
  readonly modelDeps: ModelDeps;
  /** By the name of the model. */
  readonly steps: ReadonlyMap<string, AnyStep>;
  /** By the name of the model. */
  readonly policies: ReadonlyMap<string, AnyPolicy>;
  /** By the names that they are registered under. */
  readonly watchers: ReadonlyMap<string, LoadedWatcher>;
  readonly pollers: ReadonlyMap<string, LoadedPoller>;
  /** Files whose exports belong to it, besides `synchronizer.ts`. */
  readonly modules?: readonly string[];
  /** Where the bundle of the workflows lies that it was built with. */
  readonly workflows?: string;
}

/**
 * Load the synchronizer of a folder: `synchronizer.ts`, its xproto files and its playbooks; or what was built of them.
 *
 * @param settings what accord.yaml calls it, and names as its dependency graph and folders, when it does
 * @throws {SynchronizerError} with every fault at once; nothing has been started then
 */
export async function loadSynchronizer(
  folder: string,
  settings: Partial<ModuleFolders> & {
    readonly name?: string;
    readonly dependencyGraph?: string | undefined;
  } = {},
): Promise<LoadedSynchronizer> {
  const root = resolve(folder);
  const manifest = await readManifest(root);
  const parts =
    manifest === undefined
      ? await writtenParts(root, { ...MODULE_FOLDERS, ...settings })
      : await loadBuilt(root, manifest);
  const { synchronizer, models, modelDeps, modules, hasModelFaults } = parts;
  const { name } = settings;
  const faults = [
    ...(name === undefined || name === synchronizer.name
      ? []
      : [`accord.yaml calls it ${name}, synchronizer.ts ${synchronizer.name}: they must agree`]),
    ...parts.faults,
  ];

  const steps = new Map<string, AnyStep>();
  for (const step of synchronizer.steps ?? []) {
    for (const model of modelNamesOf(step)) {
      // With the models themselves at fault, what is said of steps would be noise.
      const definition = models.find(({ name: its }) => its === model);
      if (!hasModelFaults) faults.push(...faultsOfModel(models, model, steps));
      if (!hasModelFaults && definition !== undefined) faults.push(...instanceFaults(step, definition));
      steps.set(model, step);
    }
    faults.push(...(await faultsOfStep(root, step)));
  }
  const { policies, faults: ofPolicies } = loadPolicies(synchronizer.policies ?? [], models);
  const code = { steps: synchronizer.steps ?? [], watchers: synchronizer.watchers ?? [] };
  const { watchers, faults: ofWatchers } = loadWatchers(
    synchronizer.name,
    code,
    models,
    dependenciesOf(models, modelDeps).ofModel,
  );
  const { pollers, faults: ofPollers } = loadPollers(synchronizer.name, code.steps);
  faults.push(...(hasModelFaults ? [] : [...ofPolicies, ...ofWatchers]), ...ofPollers);
  if (faults.length > 0) throw new SynchronizerError(folder, faults);
  return {
    name: synchronizer.name,
    folder: root,
    models,
    modelDeps,
    modules,
    steps,
    policies,
    watchers,
    pollers,
    ...(manifest && { workflows: join(root, BUILT_WORKFLOWS) }),
  };
}

/** What reads xproto takes its time to load, and what was built does not need it. */
async function writtenParts(root: string, settings: Parameters<typeof loadWritten>[1]): Promise<Parts> {
  const { loadWritten } = await import('./load-written.ts');
  return loadWritten(root, settings);
}

function faultsOfModel(
  models: readonly ModelDefinition[],
  name: string,
  steps: ReadonlyMap<string, AnyStep>,
): string[] {
  const definition = models.find((model) => model.name === name);
  if (definition === undefined) {
    const guess = nearest(
      name,
      models.map((model) => model.name),
    );
    return [
      `a step synchronizes ${name}, which no xproto declares${guess === undefined ? '' : `; did you mean ${guess}?`}`,
    ];
  }
  if (definition.abstract)
    return [`a step synchronizes ${name}, which is abstract: it has no objects of its own`];
  if (steps.has(name)) return [`two steps synchronize ${name}: a model has exactly one`];
  return [];
}

async function faultsOfStep(root: string, step: AnyStep): Promise<string[]> {
  const name = modelNamesOf(step).join(', ');
  const faults: string[] = [];
  if (!('deleteRecord' in step)) {
    faults.push(`the step of ${name} has no deleteRecord: what it makes could never be removed`);
  }
  const { resyncEveryMs } = step;
  if (resyncEveryMs !== undefined && !(Number.isSafeInteger(resyncEveryMs) && resyncEveryMs > 0)) {
    faults.push(
      `resyncEveryMs of the step of ${name} is ${resyncEveryMs}: it must be a whole number of milliseconds above 0`,
    );
  }
  if (step.kind === 'step') {
    if (!('syncRecord' in step)) faults.push(`the step of ${name} has no syncRecord`);
    return faults;
  }
  for (const playbook of playbooksOf(step)) {
    const file = join(root, 'playbooks', playbook);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) faults.push(`the step of ${name} names the playbook ${playbook}, but there is no ${file}`);
  }
  return faults;
}

function playbooksOf(step: Exclude<AnyStep, { readonly kind: 'step' }>): Set<string> {
  const names = new Set([step.templateName]);
  if (typeof step.deleteRecord === 'object') names.add(step.deleteRecord.templateName);
  return names;
}
