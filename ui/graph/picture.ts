import type { ApiGraph, ApiModelGraph, ApiSummary } from '../../client/operate-wire.ts';
import { refIn } from '../ask.ts';
import { addressOf } from '../route.ts';
import { STATES, stateWord } from '../states.ts';
import { many, plain } from '../words.ts';

/** Something in the picture: an object, or all objects of a model. */
export interface PictureNode {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  /** The state of the object; of many, the one that somebody should look at first. */
  readonly word: string;
  /** The address that it leads to. */
  readonly href: string;
  readonly isCentre: boolean;
}

export interface PictureEdge {
  /** Depends on `to`. */
  readonly from: string;
  readonly to: string;
  /** How many dependencies it stands for. */
  readonly count: number;
  readonly waits: boolean;
  /** It waits because something has failed. */
  readonly isFailing: boolean;
}

export interface Picture {
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
  /** Each model stands for its objects: drawn one by one they would be too many. */
  readonly isByModel: boolean;
}

/** So many can be read, and are laid out soon. */
const MOST_SINGLE = 60;

/** Draw up what is round an object. */
export function pictureOf({ nodes, edges }: ApiGraph, centre: string): Picture {
  const isByModel = nodes.length > MOST_SINGLE;
  const keyOf = (object: string): string =>
    isByModel && object !== centre ? (refIn(object)?.model ?? object) : object;
  const words = new Map(nodes.map((node) => [node.object, stateWord(node)]));
  const groups = Map.groupBy(nodes, ({ object }) => keyOf(object));
  const drawn = [...groups].map(([key, its]): PictureNode => {
    const [first] = its;
    const isSingle = its.length === 1 && first !== undefined;
    if (!isSingle || !key.includes('/')) return groupNode(key, countsOf(its.map(stateWord)));
    const ref = refIn(key);
    return {
      key,
      title: key,
      detail: plain(first.name ?? ''),
      word: stateWord(first),
      href: ref === undefined ? '#' : addressOf({ screen: 'object', ref }),
      isCentre: key === centre,
    };
  });
  const merged = new Map<string, PictureEdge>();
  for (const { from, to, waits } of edges) {
    const [a, b] = [keyOf(from), keyOf(to)];
    if (a === b) continue;
    const known = merged.get(`${a} ${b}`);
    merged.set(`${a} ${b}`, {
      from: a,
      to: b,
      count: (known?.count ?? 0) + 1,
      waits: waits || known?.waits === true,
      isFailing: (waits && isFailing(words.get(from), words.get(to))) || known?.isFailing === true,
    });
  }
  return { nodes: drawn, edges: [...merged.values()], isByModel };
}

/** What waits for a failed object may have a word of its own: it may be about to be deleted. */
const isFailing = (from: string | undefined, to: string | undefined): boolean =>
  from === 'Error (blocked)' || to === 'Error' || to === 'Stalled';

/** Draw up the models that have objects, and how these depend on each other. */
export function pictureOfModels({ models }: ApiSummary, { edges }: ApiModelGraph): Picture {
  const there = new Set(models.map(({ model }) => model));
  const isBlocked = new Set(
    models.flatMap(({ model, states }) => ((states['Error (blocked)'] ?? 0) > 0 ? [model] : [])),
  );
  return {
    nodes: models.map(({ model, states }) => groupNode(model, states)),
    edges: edges
      .filter(({ from, to }) => from !== to && there.has(from) && there.has(to))
      .map(({ from, to, count, waits }) => ({
        from,
        to,
        count,
        waits: waits > 0,
        isFailing: waits > 0 && isBlocked.has(from),
      })),
    isByModel: true,
  };
}

function groupNode(model: string, states: Readonly<Record<string, number>>): PictureNode {
  const total = Object.values(states).reduce((sum, number) => sum + number, 0);
  const worst = STATES.find(({ word }) => (states[word] ?? 0) > 0);
  const isMixed = worst !== undefined && states[worst.word] !== total;
  return {
    key: model,
    title: model,
    detail: `${many(total, 'object')}${isMixed ? `, ${states[worst.word] ?? 0} ${worst.word}` : ''}`,
    word: worst?.word ?? 'Synced',
    href: addressOf({ screen: 'objects', search: `model:${model}` }),
    isCentre: false,
  };
}

function countsOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
