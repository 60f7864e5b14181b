import type { ReactNode } from 'react';
import type { ApiNeighbour } from '../../client/operate-wire.ts';
import type { Ref } from '../ask.ts';
import { ObjectLink } from '../object-link.tsx';
import { useNeighbours } from '../queries.ts';
import { StateBadge } from '../state-badge.tsx';
import { stateWord } from '../states.ts';
import { PartTrouble } from '../trouble.tsx';

/** The objects that one depends on, or the other way round; the first hundred. */
export function Neighbours({
  target,
  direction,
  title,
}: {
  readonly target: Ref;
  readonly direction: 'dependencies' | 'dependents';
  readonly title: string;
}): ReactNode {
  const { data, error, isPending } = useNeighbours(target, direction);
  return (
    <section className="card" aria-labelledby={direction} aria-busy={isPending}>
      <h2 id={direction}>{title}</h2>
      <PartTrouble error={error} />
      {data?.items.length === 0 && <p className="hint">Nothing.</p>}
      <ul className="neighbours">
        {data?.items.toSorted(dependenciesFirst).map((neighbour) => (
          <li key={neighbour.object}>
            <StateBadge word={stateWord(neighbour)} />
            <ObjectLink {...neighbour} />
            <span className="hint">{relationOf(neighbour)}</span>
          </li>
        ))}
      </ul>
      {data?.next !== undefined && <p className="hint">… and more: accord describe lists them.</p>}
    </section>
  );
}

const isDependency = ({ relations }: ApiNeighbour): boolean => relations.some(({ counts }) => counts);

/** What was only read holds nobody up. */
const dependenciesFirst = (a: ApiNeighbour, b: ApiNeighbour): number =>
  Number(isDependency(b)) - Number(isDependency(a));

function relationOf({ relations, waits }: ApiNeighbour): string {
  const isLinked = relations.some(({ kind }) => kind === 'link');
  const said = relations.flatMap(({ kind, field, via }) => {
    if (kind === 'link') return [field ?? kind];
    if (kind === 'read') return [field === null ? 'read' : `reads ${field}`];
    // That the back end may still use what is linked to goes without saying.
    if (kind === 'held') return isLinked ? [] : ['the back end may still use it'];
    return [via === null ? kind : `${kind} via ${via}`];
  });
  return [...(waits ? ['waits'] : []), ...new Set(said)].join(', ');
}
