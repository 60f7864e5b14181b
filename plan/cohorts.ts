import type { Ref } from '../model/definition.ts';
import { graphOf, nameOf, type Edge, type Graph } from './graph.ts';

/** Some objects wait for each other in a circle: there is no order in which they could be synchronized. */
export class CycleError extends Error {
  override readonly name = 'CycleError';
  readonly code = 'E_CYCLE';
  /** Each waits for the next, and the last for the first. */
  readonly objects: readonly Ref[];

  constructor(objects: readonly Ref[]) {
    const circle = [...objects, ...objects.slice(0, 1)].map(nameOf);
    super(`these objects depend on each other in a circle: ${circle.join(' → ')}`);
    this.objects = objects;
  }
}

/**
 * Split objects into cohorts that share no dependency, each in the order it must be synchronized.
 *
 * Within a cohort what depends on nothing comes first, then what depends on that alone, and so on. Deterministic:
 * ties break by model name, then id; cohorts come in the order of their least members.
 *
 * Cost: one sort of the objects, then O(objects + edges).
 *
 * @param edges `from` waits for `to`; duplicates are harmless
 * @param options.deletion reverse each cohort: dependents are deleted before what they depend on
 * @throws {CycleError} naming the objects of one cycle, in order
 * @see CORD Build 2017, «On-boarding Services: Developing Synchronizers», «Connected components + Topological Sort»
 */
export function cohorts(
  objects: readonly Ref[],
  edges: readonly Edge[],
  options: { readonly deletion?: boolean } = {},
): Ref[][] {
  const graph = graphOf(objects, edges);
  const component = componentsOf(graph);
  const members = new Map<number, Ref[]>();
  // In the order of the nodes, so that the cohort of the least object comes first.
  for (const least of component) if (!members.has(least)) members.set(least, []);
  for (const place of topologicalOrder(graph)) {
    const node = graph.nodes[place];
    if (node !== undefined) members.get(component[place] ?? -1)?.push(node);
  }
  const inOrder = [...members.values()];
  return options.deletion === true ? inOrder.map((cohort) => cohort.toReversed()) : inOrder;
}

/** For each node, the least node that it is connected with, whichever way the edges point. */
function componentsOf({ nodes, dependencies, dependents }: Graph): number[] {
  const component = nodes.map(() => -1);
  nodes.forEach((_, least) => {
    if (component[least] !== -1) return;
    component[least] = least;
    const reached = [least];
    for (let place = reached.pop(); place !== undefined; place = reached.pop()) {
      for (const neighbour of [...(dependencies[place] ?? []), ...(dependents[place] ?? [])]) {
        if (component[neighbour] !== -1) continue;
        component[neighbour] = least;
        reached.push(neighbour);
      }
    }
  });
  return component;
}

/** Wave by wave: a node's wave is the one after the last of its dependencies. */
function topologicalOrder(graph: Graph): number[] {
  const open = graph.dependencies.map((places) => places.length);
  const waveOf = graph.nodes.map(() => 0);
  const ready = open.flatMap((count, place) => (count === 0 ? [place] : []));
  for (const place of ready) {
    for (const dependent of graph.dependents[place] ?? []) {
      waveOf[dependent] = Math.max(waveOf[dependent] ?? 0, (waveOf[place] ?? 0) + 1);
      open[dependent] = (open[dependent] ?? 0) - 1;
      if (open[dependent] === 0) ready.push(dependent);
    }
  }
  if (ready.length < graph.nodes.length) throw new CycleError(cycleAmong(graph, open));

  const waves: number[][] = [];
  waveOf.forEach((wave, place) => (waves[wave] ??= []).push(place));
  return waves.flat();
}

/** Each node that is still open waits for another that is: follow them until one comes again. */
function cycleAmong({ nodes, dependencies }: Graph, open: readonly number[]): Ref[] {
  const isOpen = (place: number): boolean => (open[place] ?? 0) > 0;
  const path: number[] = [];
  const steps = new Map<number, number>();
  let place = open.findIndex((count) => count > 0);
  while (!steps.has(place)) {
    steps.set(place, path.length);
    path.push(place);
    place = dependencies[place]?.find(isOpen) ?? place;
  }
  const circle = path.slice(steps.get(place));
  // Told from its least member on, whoever led to it.
  const start = circle.indexOf(circle.reduce((least, other) => Math.min(least, other)));
  return [...circle.slice(start), ...circle.slice(0, start)].flatMap((at) => nodes[at] ?? []);
}
