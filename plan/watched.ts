import type { ModelDefinition } from '../model/definition.ts';

/** A watched model, the path to it from the synchronized one, and, maybe, the one field of it that counts. */
export interface Watched {
  readonly model: string;
  readonly via: string;
  readonly into?: string;
}

/** More paths than this are more than anybody means. */
const MOST_PATHS = 1_000;

/**
 * Find what a watcher watches implicitly: every model within `degree` outgoing edges of those that it synchronizes.
 *
 * An edge is a link, or an xos_link, whose `into` then applies. A link to a base model may lead to any of its
 * descendants, so theirs are followed too.
 *
 * @param degree 0: nothing
 * @throws {RangeError} when that is more than a thousand paths
 */
export function watchedWithin(
  models: readonly ModelDefinition[],
  synchronizes: readonly string[],
  degree: number,
): Watched[] {
  const found = new Map<string, Watched>();
  let frontier: { readonly model: string; readonly via?: string }[] = synchronizes.map((model) => ({ model }));
  for (let distance = 1; distance <= degree; distance += 1) {
    const next = frontier.flatMap(({ model, via }) =>
      edgesOf(models, model).map((edge) => ({ ...edge, via: via === undefined ? edge.via : `${via}.${edge.via}` })),
    );
    for (const watched of next) found.set(JSON.stringify(watched), watched);
    if (found.size > MOST_PATHS) {
      throw new RangeError(`watchDegree ${degree} reaches more than ${MOST_PATHS} paths; name what is watched`);
    }
    frontier = [...new Map(next.map(({ model, via }) => [`${model} ${via}`, { model, via }])).values()];
  }
  return [...found.values()];
}

function edgesOf(models: readonly ModelDefinition[], name: string): Watched[] {
  return models
    .filter((model) => model.name === name || model.bases.includes(name))
    .flatMap(({ links, xosLinks }) => {
      const isNarrowed = (via: string): boolean => xosLinks.some((xosLink) => xosLink.via === via);
      const plain = links.map((link) => ({ model: link.narrowed ?? link.peer, via: link.name }));
      return [...plain.filter(({ via }) => !isNarrowed(via)), ...xosLinks];
    });
}
