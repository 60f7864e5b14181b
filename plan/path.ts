import type { ModelDefinition } from '../model/definition.ts';

/** One step of a path: along a link, or back along one by its reverse name. */
export interface Hop {
  readonly field: string;
  readonly isReverse: boolean;
}

/**
 * Resolve a path of accessors from one model on: names of links, or reverse names, with dots between.
 *
 * A link to a base model may lead to any of its descendants, so what only they have is found, too.
 *
 * @returns undefined when there is no such path
 */
export function followPath(
  models: readonly ModelDefinition[],
  from: string,
  via: string,
): { readonly hops: readonly Hop[]; readonly end: string } | undefined {
  const hops: Hop[] = [];
  let here = from;
  for (const accessor of via.split('.')) {
    const hop = forward(models, here, accessor) ?? backward(models, here, accessor);
    if (hop === undefined) return undefined;
    hops.push({ field: hop.field, isReverse: hop.isReverse });
    here = hop.end;
  }
  return { hops, end: here };
}

type Found = (Hop & { readonly end: string }) | undefined;

function forward(models: readonly ModelDefinition[], here: string, accessor: string): Found {
  const kin = models.filter(({ name, bases }) => name === here || bases.includes(here));
  const link = kin.flatMap(({ links }) => links).find(({ name }) => name === accessor);
  return link && { field: link.name, isReverse: false, end: link.narrowed ?? link.peer };
}

function backward(models: readonly ModelDefinition[], here: string, accessor: string): Found {
  const lineage = [here, ...(models.find(({ name }) => name === here)?.bases ?? [])];
  const isMeant = (peer: string): boolean =>
    lineage.includes(peer) || models.some(({ name, bases }) => name === peer && bases.includes(here));
  for (const { name, links } of models) {
    const link = links.find(({ reverseName, peer }) => reverseName === accessor && isMeant(peer));
    if (link !== undefined) return { field: link.name, isReverse: true, end: name };
  }
  return undefined;
}
