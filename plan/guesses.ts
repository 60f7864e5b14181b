import type { Ref } from '../model/definition.ts';
import { byModelThenId, nameOf, type Edge } from './graph.ts';

/** A dependency that cannot be evaluated: any of these may be what `from` depends on. */
export interface Guess {
  readonly from: Ref;
  readonly to: readonly Ref[];
}

/**
 * Add guesses to the edges that are known, but none towards what already waits for its object.
 *
 * Waiting too long is safe, running too early is not; but a circle that only guesses close would wait for ever.
 * Where guesses oppose each other, the objects that come later by model name and id wait for the earlier ones.
 *
 * Cost: O(objects + edges); where models guess at each other in a circle, that for each object that guesses.
 */
export function withGuesses(
  objects: readonly Ref[],
  known: readonly Edge[],
  guesses: readonly Guess[],
): Edge[] {
  const edges = [...known];
  const mayCircle = circlesAmongModels(known, guesses);
  const dependents = new Map<string, string[]>(objects.map((object) => [nameOf(object), []]));
  const add = (edge: Edge): void => void dependents.get(nameOf(edge.to))?.push(nameOf(edge.from));
  known.forEach(add);

  for (const { from, to } of guesses.toSorted((a, b) => byModelThenId(b.from, a.from))) {
    const others = to.filter((object) => nameOf(object) !== nameOf(from));
    const isSafe = others.every((object) => !mayCircle(from.model, object.model));
    const waiting = isSafe ? new Set<string>() : allThatWaitFor(nameOf(from), dependents);
    for (const object of others) {
      if (waiting.has(nameOf(object))) continue;
      const edge = { from, to: object };
      edges.push(edge);
      add(edge);
    }
  }
  return edges;
}

function allThatWaitFor(name: string, dependents: ReadonlyMap<string, readonly string[]>): Set<string> {
  const waiting = new Set<string>();
  const reached = [name];
  for (let next = reached.pop(); next !== undefined; next = reached.pop()) {
    for (const dependent of dependents.get(next) ?? []) {
      if (waiting.has(dependent)) continue;
      waiting.add(dependent);
      reached.push(dependent);
    }
  }
  return waiting;
}

/** Say of two models whether an object of the second may ever depend on one of the first: mostly none does. */
function circlesAmongModels(
  known: readonly Edge[],
  guesses: readonly Guess[],
): (from: string, to: string) => boolean {
  const dependents = new Map<string, Set<string>>();
  const add = (from: Ref, to: Ref): void => {
    const waiting = dependents.get(to.model) ?? new Set();
    dependents.set(to.model, waiting.add(from.model));
  };
  for (const { from, to } of known) add(from, to);
  for (const { from, to } of guesses) for (const object of to) add(from, object);

  const lists = new Map([...dependents].map(([model, waiting]) => [model, [...waiting]]));
  const reach = new Map<string, Set<string>>();
  return (from, to) => {
    const waiting = reach.get(from) ?? allThatWaitFor(from, lists);
    reach.set(from, waiting);
    return waiting.has(to);
  };
}
