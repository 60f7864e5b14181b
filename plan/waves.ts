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

/** In which order objects can be acted on. */
export interface Waves {
  /** What can be acted on at once; each wave waits for some of the one before. By model name, then id. */
  readonly waves: readonly (readonly Ref[])[];
  /** One of the longest chains, each waiting for the one before: however many act, that is how long it takes. */
  readonly chain: readonly Ref[];
}

/**
 * Sort objects into waves: those that wait for nothing, those that wait for these alone, and so on.
 *
 * Cost: one sort of the objects, then O(objects + edges). Deterministic: ties break by model name, then id.
 *
 * @param edges `from` waits for `to`; duplicates are harmless
 * @throws {CycleError} naming the objects of one cycle, in order
 */
export function wavesOf(objects: readonly Ref[], edges: readonly Edge[]): Waves {
  const graph = graphOf(objects, edges);
  return withChain(graph, wavesIn(graph));
}

/**
 * The same where some may wait for each other: whoever is in a circle, or waits for one, is in no wave.
 *
 * @returns with the objects of one circle, each waiting for the next; none when there is no circle
 */
export function wavesBesideCircles(
  objects: readonly Ref[],
  edges: readonly Edge[],
): Waves & { readonly circle: readonly Ref[] } {
  const graph = graphOf(objects, edges);
  const { waves, open } = sorted(graph);
  const isWhole = open.every((count) => count === 0);
  return { ...withChain(graph, waves), circle: isWhole ? [] : cycleAmong(graph, open) };
}

function withChain(graph: Graph, waves: readonly (readonly number[])[]): Waves {
  const waveOf = new Map(waves.flatMap((places, wave) => places.map((place) => [place, wave] as const)));
  const chain: number[] = [];
  for (let place = waves.at(-1)?.[0]; place !== undefined;) {
    chain.push(place);
    const wave = waveOf.get(place) ?? 0;
    place = graph.dependencies[place]?.find((one) => waveOf.get(one) === wave - 1);
  }
  const refsAt = (places: readonly number[]): Ref[] => places.flatMap((place) => graph.nodes[place] ?? []);
  return { waves: waves.map(refsAt), chain: refsAt(chain.reverse()) };
}

/**
 * The same for a graph, by places: a node's wave is the one after the last of its dependencies.
 *
 * @throws {CycleError}
 */
export function wavesIn(graph: Graph): number[][] {
  const { waves, open } = sorted(graph);
  if (open.some((count) => count > 0)) throw new CycleError(cycleAmong(graph, open));
  return waves;
}

/** @returns with how many each node still waits for: more than none in a circle, and behind one */
function sorted(graph: Graph): { waves: number[][]; open: readonly number[] } {
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
  const waves: number[][] = [];
  waveOf.forEach((wave, place) => {
    if (open[place] === 0) (waves[wave] ??= []).push(place);
  });
  return { waves, open };
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
