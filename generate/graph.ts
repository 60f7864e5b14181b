import type { ModelDefinition } from '../model/definition.ts';
import { dependenciesOf, type Dependency } from '../plan/dependencies.ts';
import { circlesOf } from '../plan/model-circles.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import { targetOf } from '../plan/reach.ts';

/** Models and what is between them, to be drawn. Plain JSON. */
export interface ModelGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Each a list of models, of which each depends on the next, and the last on the first. */
  readonly cycles: readonly (readonly string[])[];
}

export interface GraphNode {
  readonly model: string;
  readonly app: string;
  /** The files declare it; else it is there because one of theirs leads to it. */
  readonly declared: boolean;
  readonly abstract: boolean;
}

export interface GraphEdge {
  /** The one that has the link, depends, or inherits. */
  readonly from: string;
  readonly to: string;
  /** A link that is no dependency is one that model-deps leaves out. */
  readonly kind: 'dependency' | 'link' | 'base';
  /** For a dependency its accessors with dots between, none when it cannot be evaluated; for a link its name. */
  readonly accessor: string;
  /** How the dependency is found. */
  readonly by?: Dependency['kind'];
  /** It is part of a circle. */
  readonly cycle: boolean;
}

/**
 * Draw up the graph of some models, with what they lead to.
 *
 * @param declared names of the models that it is about
 * @param overrides what `model-deps` says in place of the links
 */
export function graphOfModels(
  program: readonly ModelDefinition[],
  declared: ReadonlySet<string>,
  overrides: ModelDeps = new Map(),
): ModelGraph {
  const models = new Map(program.map((model) => [model.name, model]));
  const { ofModel } = dependenciesOf(program, overrides);
  const cycles = circlesOf(models, ofModel).filter((circle) => circle.some((name) => declared.has(name)));
  const isA = (name: string, base: string): boolean =>
    name === base || models.get(name)?.bases.includes(base) === true;
  const inCycle = (from: string, { destModel, kind }: Dependency): boolean =>
    !kind.startsWith('service-') &&
    !isA(from, destModel) &&
    cycles.some((circle) => {
      const place = circle.indexOf(from);
      const next = circle[(place + 1) % circle.length];
      return place >= 0 && next !== undefined && isA(next, destModel);
    });

  const edges = program
    .filter(({ name }) => declared.has(name) || cycles.some((circle) => circle.includes(name)))
    .flatMap((model) => edgesOf(model, ofModel.get(model.name) ?? [], (one) => inCycle(model.name, one)));
  const shown = new Set([...declared, ...edges.flatMap(({ from, to }) => [from, to])]);
  const nodes = program
    .filter(({ name }) => shown.has(name))
    .map(({ name, app, abstract }) => ({ model: name, app, declared: declared.has(name), abstract }));
  return { nodes, edges: edges.filter(({ to }) => models.has(to)), cycles };
}

function edgesOf(
  model: ModelDefinition,
  dependencies: readonly Dependency[],
  inCycle: (dependency: Dependency) => boolean,
): GraphEdge[] {
  const from = model.name;
  const paths = new Set(dependencies.map(({ path }) => path.join('.')));
  const [base] = model.bases;
  return [
    ...(base === undefined ? [] : [{ from, to: base, kind: 'base', accessor: '', cycle: false } as const]),
    ...dependencies.map((dependency) => ({
      from,
      to: dependency.destModel,
      kind: 'dependency' as const,
      accessor: dependency.path.join('.'),
      by: dependency.kind,
      cycle: inCycle(dependency),
    })),
    ...model.links
      .filter(({ name }) => !paths.has(name))
      .map((link) => ({
        from,
        to: targetOf(link),
        kind: 'link' as const,
        accessor: link.name,
        cycle: false,
      })),
  ];
}
