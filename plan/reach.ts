import type { LinkDefinition, ModelDefinition } from '../model/definition.ts';

export type Models = ReadonlyMap<string, ModelDefinition>;

/** The model that a link leads to, for objects of the model that has it. */
export const targetOf = (link: LinkDefinition): string => link.narrowed ?? link.peer;

/**
 * Find the model that accessors lead to from another, one after the other; undefined when one leads nowhere.
 *
 * An accessor is a link of the model, or the name that the other side's link has given to its way back.
 */
export function reach(models: Models, from: string, path: readonly string[]): string | undefined {
  let here: string | undefined = from;
  for (const accessor of path) {
    if (here === undefined) return undefined;
    here = step(models, here, accessor);
  }
  return here;
}

function step(models: Models, from: string, accessor: string): string | undefined {
  const model = models.get(from);
  if (model === undefined) return undefined;
  const own = model.links.find(({ name }) => name === accessor);
  if (own !== undefined) return targetOf(own);
  const lineage = [from, ...model.bases];
  const back = [...models.values()].find(({ links }) =>
    links.some(({ reverseName, peer }) => reverseName === accessor && lineage.includes(peer)),
  );
  return back?.name;
}
