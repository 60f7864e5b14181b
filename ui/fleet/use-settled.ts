import { useEffect, useMemo, useState } from 'react';
import type { Row } from './rows.ts';

/** A list under the pointer: what is new waits, what changes changes in its place. */
export interface Settled {
  readonly shown: readonly Row[];
  /** How many wait to be shown. */
  readonly news: number;
  /** Show them. */
  readonly take: () => void;
  /** The pointer is over the list, or not any more. */
  readonly hold: (isHeld: boolean) => void;
}

/** Keep the rows of a search where they are, for as long as somebody points at them. */
export function useSettled(found: readonly Row[], search: string): Settled {
  const [isHeld, hold] = useState(false);
  const [kept, setKept] = useState<{ readonly search: string; readonly rows: readonly Row[] }>({
    search,
    rows: found,
  });
  const isFree = !isHeld || kept.search !== search || kept.rows.length === 0;
  useEffect(() => {
    if (isFree) setKept({ search, rows: found });
  }, [isFree, search, found]);
  return useMemo(() => {
    if (isFree) return { shown: found, news: 0, take: () => undefined, hold };
    const now = new Map(found.map((row) => [row.object, row]));
    const there = new Set(kept.rows.map(({ object }) => object));
    return {
      shown: kept.rows.map((row) => now.get(row.object) ?? row),
      news: found.filter(({ object }) => !there.has(object)).length,
      take: () => setKept({ search, rows: found }),
      hold,
    };
  }, [isFree, found, kept, search]);
}
