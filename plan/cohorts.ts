import type { Ref } from '../model/definition.ts';
import { graphOf, type Edge, type Graph } from './graph.ts';
import { wavesIn } from './waves.ts';

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
  for (const place of wavesIn(graph).flat()) {
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
