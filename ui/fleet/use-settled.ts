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

/** The rows as they were when somebody began to point at them. */
interface Kept {
  readonly search: string;
  readonly rows: readonly Row[];
  /** The id up to which they had been read. */
  readonly reach: number;
}

/**
 * Keep the rows of a search where they are, for as long as somebody points at them.
 *
 * What is read further down because somebody scrolls is nothing new.
 */
export function useSettled(found: readonly Row[], isWhole: boolean, search: string): Settled {
  const [isHeld, hold] = useState(false);
  const reach = isWhole ? Infinity : (found.at(-1)?.id ?? 0);
  const [kept, setKept] = useState<Kept>({ search, rows: found, reach });
  const isFree = !isHeld || kept.search !== search || kept.rows.length === 0;
  useEffect(() => {
    if (isFree) setKept({ search, rows: found, reach });
  }, [isFree, search, found, reach]);
  return useMemo(() => {
    if (isFree) return { shown: found, news: 0, take: () => undefined, hold };
    const now = new Map(found.map((row) => [row.object, row]));
    const there = new Set(kept.rows.map(({ object }) => object));
    const further = found.filter(({ id }) => id > kept.reach);
    return {
      shown: [...kept.rows.map((row) => now.get(row.object) ?? row), ...further],
      news: found.filter(({ object, id }) => id <= kept.reach && !there.has(object)).length,
      take: () => setKept({ search, rows: found, reach }),
      hold,
    };
  }, [isFree, found, kept, search, reach]);
}
