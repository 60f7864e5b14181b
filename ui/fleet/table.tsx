import { useMutation } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef, useState, type ReactNode } from 'react';
import { ask, operate, refIn, type Ref } from '../ask.ts';
import { Age } from '../ages.tsx';
import { useKeys } from '../keys.ts';
import { addressOf, go } from '../route.ts';
import { StateBadge } from '../state-badge.tsx';
import { Trouble } from '../trouble.tsx';
import { useIsNarrow } from '../use-is-narrow.ts';
import { plain } from '../words.ts';
import type { Row } from './rows.ts';

const ROW_PX = 38;
const NARROW_ROW_PX = 80;

/** The rows that fit the window, of however many there are. */
export function FleetTable({
  rows,
  total,
  hold,
  look,
}: {
  readonly rows: readonly Row[];
  /** How many there are, where that is known: not all need be here. */
  readonly total: number | undefined;
  readonly hold: (isHeld: boolean) => void;
  /** Called with the first and last row on the screen. */
  readonly look: (first: number, last: number) => void;
}): ReactNode {
  const isNarrow = useIsNarrow();
  const frame = useRef<HTMLDivElement>(null);
  const [here, setHere] = useState<string>();
  const size = isNarrow ? NARROW_ROW_PX : ROW_PX;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [virtual, size]);
  // A list that is gone is not left by the pointer any more.
  useEffect(() => () => hold(false), [hold]);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => look(first, last), [look, first, last]);

  const at = here === undefined ? -1 : rows.findIndex(({ object }) => object === here);
  const move = (by: number): void => {
    const next = Math.min(Math.max(at + by, 0), rows.length - 1);
    setHere(rows[next]?.object);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const sync = useMutation({ mutationFn: (ref: Ref) => ask('POST', operate(ref, 'sync')) });
  const chosen = refIn(rows[at]?.object ?? '');
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => chosen && go({ screen: 'object', ref: chosen }),
    s: () => chosen && sync.mutate(chosen),
  });

  return (
    <>
      <Trouble error={sync.error} />
      <div
        className="table"
        role="table"
        aria-label="Objects"
        aria-rowcount={total === undefined ? -1 : total + 1}
      >
        <div className="row head" role="row" aria-rowindex={1}>
          {['Object', 'Name', 'State', 'Reason', 'For'].map((title) => (
            <span key={title} role="columnheader" className={title === 'For' ? 'cell-age' : undefined}>
              {title}
            </span>
          ))}
        </div>
        <div
          className="scroll"
          role="rowgroup"
          ref={frame}
          tabIndex={0}
          aria-label="Objects, scrollable"
          onPointerEnter={() => hold(true)}
          onPointerLeave={() => hold(false)}
        >
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {items.map(({ index, start }) => {
              const row = rows[index];
              if (row === undefined) return null;
              return (
                <FleetRow
                  key={row.object}
                  row={row}
                  index={index}
                  start={start}
                  size={size}
                  isHere={row.object === here}
                />
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}

/** Scrolling moves the window, and changes none of its rows. */
const FleetRow = memo(function FleetRow({
  row,
  index,
  start,
  size,
  isHere,
}: {
  readonly row: Row;
  readonly index: number;
  readonly start: number;
  readonly size: number;
  readonly isHere: boolean;
}): ReactNode {
  return (
    <div
      className={`row${isHere ? ' here' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-current={isHere ? true : undefined}
      style={{ height: size, transform: `translateY(${start}px)` }}
    >
      <span role="cell" className="cell-object">
        <a href={addressOf({ screen: 'object', ref: row })}>{row.object}</a>
      </span>
      <span role="cell" className="cell-name">
        {plain(row.name)}
      </span>
      <span role="cell" className="cell-state">
        <StateBadge word={row.word} />
      </span>
      <span role="cell" className="cell-reason" title={plain(row.reason)}>
        {plain(row.reason)}
      </span>
      <span role="cell" className="cell-age">
        <Age since={row.since} />
      </span>
    </div>
  );
});
