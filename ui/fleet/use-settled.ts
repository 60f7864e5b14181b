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
  /** The query that they answer. What is typed is ahead of it. */
  readonly answered: string;
  readonly rows: readonly Row[];
  /** The id up to which they had been read. */
  readonly reach: number;
}

/**
 * Keep the rows of a query where they are, for as long as somebody points at them.
 *
 * What is read further down because somebody scrolls is nothing new.
 */
export function useSettled(found: readonly Row[], isWhole: boolean, answered: string): Settled {
  const [isHeld, hold] = useState(false);
  const reach = isWhole ? Infinity : (found.at(-1)?.id ?? 0);
  const [kept, setKept] = useState<Kept>({ answered, rows: found, reach });
  const isFree = !isHeld || kept.answered !== answered || kept.rows.length === 0;
  useEffect(() => {
    if (isFree) setKept({ answered, rows: found, reach });
  }, [isFree, answered, found, reach]);
  return useMemo(() => {
    if (isFree) return { shown: found, news: 0, take: () => undefined, hold };
    return { ...merged(kept, found), take: () => setKept({ answered, rows: found, reach }), hold };
  }, [isFree, found, kept, answered, reach]);
}

/** What was kept, as it is now, and behind it what was read since. Both are by id: of very many, one walk is enough. */
function merged({ rows, reach }: Kept, found: readonly Row[]): Pick<Settled, 'shown' | 'news'> {
  const shown: Row[] = [];
  let [at, news] = [0, 0];
  for (const row of rows) {
    for (; (found[at]?.id ?? Infinity) < row.id; at += 1) news += 1;
    const now = found[at];
    const isThere = now?.id === row.id;
    shown.push(isThere ? now : row);
    if (isThere) at += 1;
  }
  for (const row of found.slice(at)) {
    if (row.id > reach) shown.push(row);
    else news += 1;
  }
  return { shown, news };
}
