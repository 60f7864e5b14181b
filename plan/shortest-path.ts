/** `from` leads to `to`. */
interface Step {
  readonly from: number;
  readonly to: number;
}

/**
 * Find one of the shortest paths along `steps`, both ends included; ties go to the lowest number.
 *
 * Cost: O(steps), and a sort of them.
 *
 * @returns undefined when no path leads there
 */
export function shortestPath(steps: readonly Step[], start: number, end: number): number[] | undefined {
  const ahead = new Map<number, number[]>();
  for (const { from, to } of steps) {
    const found = ahead.get(from);
    if (found === undefined) ahead.set(from, [to]);
    else found.push(to);
  }
  const cameFrom = new Map<number, number | undefined>([[start, undefined]]);
  // The list grows while it is walked: breadth first.
  const reached = [start];
  for (const here of reached) {
    if (here === end) return pathBack(cameFrom, end);
    for (const next of (ahead.get(here) ?? []).sort((a, b) => a - b)) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, here);
      reached.push(next);
    }
  }
  return undefined;
}

function pathBack(cameFrom: ReadonlyMap<number, number | undefined>, end: number): number[] {
  const path: number[] = [];
  for (let here: number | undefined = end; here !== undefined; here = cameFrom.get(here)) path.push(here);
  return path.reverse();
}
