import type { Dependency } from './dependencies.ts';
import type { Models } from './reach.ts';

/** Say of models that depend on each other in a circle that their objects may, too: only a warning, since objects need not. */
export function modelCircles(models: Models, ofModel: ReadonlyMap<string, readonly Dependency[]>): string[] {
  return circlesOf(models, ofModel).map(
    (circle) => `models depend on each other in a circle: ${[...circle, ...circle.slice(0, 1)].join(' → ')}`,
  );
}

/**
 * Find circles of models that depend on each other, each model of one before the one that it depends on.
 *
 * Links within one model are no circle, nor are those to a base of its own, nor what services say of each other.
 */
export function circlesOf(
  models: Models,
  ofModel: ReadonlyMap<string, readonly Dependency[]>,
): readonly (readonly string[])[] {
  const leaves = (name: string): string[] =>
    [...models.values()]
      .filter((model) => model.name === name || model.bases.includes(name))
      .map((model) => model.name);
  const isA = (name: string, base: string): boolean => models.get(name)?.bases.includes(base) === true;
  const next = new Map(
    [...ofModel].map(([name, dependencies]) => [
      name,
      dependencies
        .filter(({ kind, destModel }) => !kind.startsWith('service-') && !isA(name, destModel))
        .flatMap(({ destModel }) => leaves(destModel)),
    ]),
  );

  const circles = new Map<string, string[]>();
  for (const name of [...models.keys()].sort()) {
    const circle = shortestCircle(name, next);
    const key = circle?.toSorted().join() ?? '';
    if (circle !== undefined && !circles.has(key)) circles.set(key, circle);
  }
  return [...circles.values()];
}

function shortestCircle(start: string, next: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const reached = [start];
  for (const name of reached) {
    for (const target of next.get(name) ?? []) {
      if (target === name) continue;
      if (target === start) return pathTo(name, start, cameFrom);
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, name);
      reached.push(target);
    }
  }
  return undefined;
}

function pathTo(end: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let name = end; name !== start;) {
    name = cameFrom.get(name) ?? start;
    path.unshift(name);
  }
  return path;
}
