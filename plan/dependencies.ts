import type { ModelDefinition } from '../model/definition.ts';
import { didYouMean } from '../model/suggest.ts';
import { modelCircles } from './model-circles.ts';
import type { ModelDep, ModelDeps } from './model-deps.ts';
import { reach, targetOf, type Models } from './reach.ts';

/** Something that the objects of a model depend on: what `path` leads to, and each of it. */
export interface Dependency {
  /**
   * link: one of its own links. dotted: several steps, or a link of the other side. conservative: cannot be
   * evaluated, and counts as all objects of `destModel`. The others: through the rows of that model.
   */
  readonly kind: 'link' | 'dotted' | 'conservative' | 'service-instance-link' | 'service-dependency';
  /** The accessors on the way; none for a conservative one. */
  readonly path: readonly string[];
  /** Its descendants included. */
  readonly destModel: string;
}

/** What every model depends on, and what there is to say about it. */
export interface Dependencies {
  readonly ofModel: ReadonlyMap<string, readonly Dependency[]>;
  /** What names a model that is not there. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Find what the objects of each model depend on (design 3.6).
 *
 * Together: the links of its goal, or what `overrides` says in their place; its `xos_links`; and, for services and
 * their instances, the rows that say who uses whom. What `dependsOn` of a step adds is known for objects only.
 */
export function dependenciesOf(
  definitions: readonly ModelDefinition[],
  overrides: ModelDeps = new Map(),
): Dependencies {
  const models: Models = new Map(definitions.map((definition) => [definition.name, definition]));
  const faults = unknownModels(models, overrides);
  const warnings: string[] = [];
  const ofModel = new Map<string, readonly Dependency[]>();
  for (const model of definitions) {
    const derived = ofLinks(model);
    const stated = overrides.get(model.name)?.flatMap((dep) => ofOverride(models, model, dep, warnings));
    if (stated !== undefined) warnings.push(...lost(model, derived, stated));
    const all = [...(stated ?? derived), ...ofXosLinks(models, model), ...throughServices(models, model)];
    ofModel.set(model.name, distinct(all));
  }
  warnings.push(...modelCircles(models, ofModel));
  return { ofModel, faults, warnings };
}

// What a step writes is no goal: feedback links hold nobody back.
function ofLinks({ links }: ModelDefinition): Dependency[] {
  return links
    .filter(({ state }) => state === 'declarative')
    .map((link) => ({ kind: 'link', path: [link.name], destModel: targetOf(link) }));
}

function ofOverride(models: Models, model: ModelDefinition, dep: ModelDep, warnings: string[]): Dependency[] {
  if (!models.has(dep.dest)) return [];
  const conservative: Dependency = { kind: 'conservative', path: [], destModel: dep.dest };
  if (dep.isGuess) return [conservative];
  if (dep.accessor === undefined) {
    // The plain form names the model alone: every link that leads there is meant.
    const leading = ofLinks(model).filter(({ destModel }) => isKin(models, destModel, dep.dest));
    if (leading.length > 0) return leading;
    warnings.push(
      `${model.name} has no link to ${dep.dest}: its objects wait for all objects of ${dep.dest}`,
    );
    return [conservative];
  }
  const path = dep.accessor.split('.');
  const end = reach(models, model.name, path);
  if (end !== undefined && isKin(models, end, dep.dest))
    return [{ kind: kindOf(model, path), path, destModel: dep.dest }];
  const where = end === undefined ? 'leads nowhere' : `leads to ${end} and not to ${dep.dest}`;
  warnings.push(`${model.name}: ${dep.accessor} ${where}: its objects wait for all objects of ${dep.dest}`);
  return [conservative];
}

function ofXosLinks(models: Models, model: ModelDefinition): Dependency[] {
  return model.xosLinks.map(({ model: destModel, via }) => {
    const path = via.split('.');
    if (reach(models, model.name, path) === undefined) return { kind: 'conservative', path: [], destModel };
    return { kind: kindOf(model, path), path, destModel };
  });
}

/** Who subscribes depends on who provides, whatever their models. */
function throughServices(models: Models, model: ModelDefinition): Dependency[] {
  const isA = (base: string): boolean => model.name === base || model.bases.includes(base);
  const found: Dependency[] = [];
  if (models.has('ServiceInstanceLink') && isA('ServiceInstance')) {
    const path = ['subscribed_links', 'provider_service_instance'];
    found.push({ kind: 'service-instance-link', path, destModel: 'ServiceInstance' });
  }
  if (models.has('ServiceDependency') && isA('Service')) {
    const path = ['subscribed_dependencies', 'provider_service'];
    found.push({ kind: 'service-dependency', path, destModel: 'Service' });
  }
  return found;
}

const kindOf = (model: ModelDefinition, path: readonly string[]): 'link' | 'dotted' =>
  path.length === 1 && model.links.some(({ name }) => name === path[0]) ? 'link' : 'dotted';

/** One is the other, or its ancestor. */
function isKin(models: Models, one: string, other: string): boolean {
  const isA = (name: string, base: string): boolean => models.get(name)?.bases.includes(base) === true;
  return one === other || isA(one, other) || isA(other, one);
}

function lost(
  { name }: ModelDefinition,
  derived: readonly Dependency[],
  stated: readonly Dependency[],
): string[] {
  const kept = new Set(stated.map(({ path }) => path.join('.')));
  return derived
    .filter(({ path }) => !kept.has(path.join('.')))
    .map(
      ({ path, destModel }) =>
        `model-deps says what ${name} depends on, and leaves out its link ${path.join('.')} to ${destModel}`,
    );
}

function unknownModels(models: Models, overrides: ModelDeps): string[] {
  const say = (name: string, where: string): string[] => {
    if (models.has(name)) return [];
    const hint = didYouMean(name, models.keys());
    return [`model-deps: ${where}${name} is no known model${hint === undefined ? '' : `; ${hint}`}`];
  };
  return [...overrides].flatMap(([model, deps]) => [
    ...say(model, ''),
    ...deps.flatMap(({ dest }) => say(dest, `${model} depends on ${dest}, and `)),
  ]);
}

function distinct(dependencies: readonly Dependency[]): Dependency[] {
  const key = ({ path, destModel }: Dependency): string => [destModel, ...path].join(' ');
  return [...new Map(dependencies.map((dependency) => [key(dependency), dependency])).values()];
}
