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
  const hops = hopsOf(models, from, path);
  return hops === undefined ? undefined : (hops.at(-1)?.to ?? from);
}

/** One step of a path. */
export interface Hop {
  /** The link that it goes along. */
  readonly field: string;
  /** Null: a link of where it starts. Else it goes back along the link, to objects of this model. */
  readonly back: string | null;
  /** The model that it leads to. */
  readonly to: string;
}

/** Find the steps that accessors stand for; undefined when one leads nowhere. */
export function hopsOf(models: Models, from: string, path: readonly string[]): Hop[] | undefined {
  const hops: Hop[] = [];
  for (const accessor of path) {
    const hop = hopOf(models, hops.at(-1)?.to ?? from, accessor);
    if (hop === undefined) return undefined;
    hops.push(hop);
  }
  return hops;
}

function hopOf(models: Models, from: string, accessor: string): Hop | undefined {
  const model = models.get(from);
  if (model === undefined) return undefined;
  const own = model.links.find(({ name }) => name === accessor);
  if (own !== undefined) return { field: own.name, back: null, to: targetOf(own) };
  const lineage = [from, ...model.bases];
  for (const { name, links } of models.values()) {
    const link = links.find(({ reverseName, peer }) => reverseName === accessor && lineage.includes(peer));
    if (link !== undefined) return { field: link.name, back: name, to: name };
  }
  return undefined;
}
