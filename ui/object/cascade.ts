import type { ApiNeighbour } from '../../client/operate-wire.ts';
import type { ApiList } from '../../client/wire.ts';
import { ask, operate, refIn, spell, type Ref } from '../ask.ts';

/** Nothing is rendered unbounded, nor asked. */
const MOST = 200;

/** What would be deleted with an object. */
export interface Cascade {
  /** In the order of deletion: what depends on others goes before them. */
  readonly objects: readonly ApiNeighbour[];
  /** There are more than were looked for. */
  readonly isCut: boolean;
}

/** Find all that depends on an object, directly or through others. */
export async function readCascade(target: Ref): Promise<Cascade> {
  const found = new Map<string, ApiNeighbour>();
  const seen = new Set([spell(target)]);
  const open = [target];
  for (let next = open.shift(); next !== undefined && found.size < MOST; next = open.shift()) {
    const { items } = await ask<ApiList<ApiNeighbour>>('GET', operate(next, 'dependents'));
    for (const item of items.filter(isDeletedWith)) {
      const ref = refIn(item.object);
      if (ref === undefined) continue;
      // Found again further away: it goes before this one, too.
      found.delete(item.object);
      found.set(item.object, item);
      if (seen.has(item.object)) continue;
      seen.add(item.object);
      open.push(ref);
    }
  }
  return { objects: [...found.values()].toReversed(), isCut: found.size >= MOST };
}

/** Who links to it by its goal; what has only read it stays. */
const isDeletedWith = ({ relations }: ApiNeighbour): boolean =>
  relations.some(({ counts, kind }) => counts && kind === 'link');
