import type { Ref } from '../model/definition.ts';

/** `from` waits for `to`. */
export interface Edge {
  readonly from: Ref;
  readonly to: Ref;
}

/** Objects and what they wait for, by their places in `nodes`. */
export interface Graph {
  /** By model name, then id: whatever walks the nodes in this order is deterministic. */
  readonly nodes: readonly Ref[];
  /** For each node, what it waits for: ascending, each once, never itself. */
  readonly dependencies: readonly (readonly number[])[];
  /** For each node, who waits for it: ascending. */
  readonly dependents: readonly (readonly number[])[];
}

/**
 * Build the graph of some objects.
 *
 * An edge that is given twice counts once. An edge from an object to itself says nothing: no object waits for itself.
 *
 * Cost: one sort of the objects, then O(objects + edges).
 *
 * @throws {RangeError} when an edge names an object that is not among them
 */
export function graphOf(objects: readonly Ref[], edges: readonly Edge[]): Graph {
  const nodes = [...objects].sort(byModelThenId);
  const places = new Map(nodes.map((node, place) => [nameOf(node), place]));
  const placeOf = (object: Ref): number => {
    const place = places.get(nameOf(object));
    if (place === undefined)
      throw new RangeError(`${nameOf(object)} has an edge, and is not among the objects`);
    return place;
  };

  const found = nodes.map(() => new Set<number>());
  for (const { from, to } of edges) {
    const [source, target] = [placeOf(from), placeOf(to)];
    if (source !== target) found[source]?.add(target);
  }
  // Turned round twice, the neighbours come out in ascending order without being sorted.
  const dependents = reversed(found);
  return { nodes, dependencies: reversed(dependents), dependents };
}

function reversed(adjacent: readonly Iterable<number>[]): number[][] {
  const turned: number[][] = adjacent.map(() => []);
  adjacent.forEach((neighbours, place) => {
    for (const neighbour of neighbours) turned[neighbour]?.push(place);
  });
  return turned;
}

/** Order by model name (by code units, so that it does not differ by machine), then by id. */
export function byModelThenId(a: Ref, b: Ref): number {
  if (a.model !== b.model) return a.model < b.model ? -1 : 1;
  return a.id - b.id;
}

export const nameOf = (ref: Ref): string => `${ref.model}/${ref.id}`;
