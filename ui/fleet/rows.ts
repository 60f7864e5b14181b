import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ApiStanding } from '../../client/operate-wire.ts';
import type { ApiList } from '../../client/wire.ts';
import { ask, refIn } from '../ask.ts';
import { stateWord } from '../states.ts';
import { stateInApi, type Search } from './search.ts';

/** An object as the fleet lists it. */
export interface Row {
  /** `Model/id`. */
  readonly object: string;
  readonly model: string;
  readonly id: number;
  readonly name: string;
  readonly word: string;
  readonly reason: string;
  readonly since: string;
}

/** The objects that a search finds, as far as somebody has scrolled. */
export interface Rows {
  readonly rows: readonly Row[];
  /** The query that the rows answer: while there is no answer to this search, that of the last one. */
  readonly answered: string;
  /** There is an answer to this search; before, the rows are those of the last one. */
  readonly isThere: boolean;
  /** There are no more. */
  readonly isWhole: boolean;
  readonly error: Error | null;
  /** Say which rows are on the screen: they are kept as they are on the server, and what comes next is read. */
  readonly look: (first: number, last: number) => void;
}

/** The first page is on the screen soon, and the next is there before one has come to it. */
const PAGE = 100;
const AHEAD = 50;

interface Page {
  readonly rows: readonly Row[];
  readonly isLast: boolean;
}

/** What is read of a search. */
interface Extent {
  readonly asked: string;
  /** The last ids of the pages but the last. They stay, so that nothing comes twice when objects change. */
  readonly ends: readonly number[];
  /** The pages on the screen. */
  readonly seen: readonly [first: number, last: number];
}

/**
 * Read the objects that a search finds, a page at a time.
 *
 * Only pages on the screen are asked anew when something has happened; the others when one comes back to them.
 *
 * @param search undefined: nothing is asked
 */
export function useRows(search: Search | undefined, everyMs: number): Rows {
  const client = useQueryClient();
  const asked = search === undefined ? '' : queryOf(search);
  const [extent, setExtent] = useState<Extent>({ asked, ends: [], seen: [0, 0] });
  const { ends, seen } = extent.asked === asked ? extent : { ends: [], seen: [0, 0] as const };

  const pages = useQueries({
    queries: [0, ...ends].map((after, at) => {
      const isSeen = at >= seen[0] && at <= seen[1];
      return {
        queryKey: ['fleet', asked, after, ends[at]],
        queryFn: () => readPage(asked, after, ends[at]),
        enabled: search !== undefined && isSeen,
        staleTime: Infinity,
        refetchInterval: everyMs,
      };
    }),
    combine: (results) => ({
      pages: results.map(({ data }) => data),
      error: results.find(({ error }) => error !== null)?.error ?? null,
    }),
  });

  const { rows, starts } = useMemo(() => joined(pages.pages), [pages.pages]);
  const last = pages.pages.at(-1);
  const lastId = last?.rows.at(-1)?.id;
  const look = useCallback(
    (first: number, to: number) => {
      const pageOf = (row: number): number =>
        Math.max(
          starts.findLastIndex((start) => start <= row),
          0,
        );
      let fresh = ends;
      if (to > rows.length - AHEAD && last?.isLast === false && lastId !== undefined) {
        // What is read already is a page that has an end from now on, and another begins behind it.
        client.setQueryData(['fleet', asked, ends.at(-1) ?? 0, lastId], last);
        fresh = [...ends, lastId];
      }
      const now = [pageOf(first), fresh === ends ? pageOf(to) : fresh.length] as const;
      if (fresh !== ends || now[0] !== seen[0] || now[1] !== seen[1])
        setExtent({ asked, ends: fresh, seen: now });
    },
    [client, asked, ends, seen, rows, starts, last, lastId],
  );

  const isThere = pages.pages[0] !== undefined;
  const [before, setBefore] = useState<Pick<Rows, 'rows' | 'answered'>>({ rows: [], answered: asked });
  useEffect(() => {
    if (isThere) setBefore({ rows, answered: asked });
  }, [isThere, rows, asked]);
  return {
    ...(isThere || search === undefined ? { rows, answered: asked } : before),
    isThere,
    isWhole: last?.isLast === true,
    error: pages.error,
    look,
  };
}

/** All rows, and where each page begins among them. */
function joined(pages: readonly (Page | undefined)[]): { rows: readonly Row[]; starts: readonly number[] } {
  const starts: number[] = [];
  const rows: Row[] = [];
  for (const page of pages) {
    starts.push(rows.length);
    for (const row of page?.rows ?? []) rows.push(row);
  }
  return { rows, starts };
}

function queryOf({ states, models, words }: Search): string {
  const query = new URLSearchParams();
  if (states.length > 0) query.set('state', states.map(stateInApi).join(','));
  if (models.length > 0) query.set('model', models.join(','));
  if (words.length > 0) query.set('q', words.join(' '));
  return query.toString();
}

async function readPage(asked: string, after: number, until: number | undefined): Promise<Page> {
  const rows: Row[] = [];
  let next: string | undefined = `/xosapi/v1/accord/objects?${asked}&after=${after}&limit=${PAGE}`;
  if (until !== undefined) next += `&until=${until}`;
  do {
    const page: ApiList<ApiStanding> = await ask<ApiList<ApiStanding>>('GET', next);
    rows.push(...page.items.flatMap(rowOf));
    next = page.next;
    // A page that has an end is read to it, however many have come to belong to it.
  } while (next !== undefined && until !== undefined);
  return { rows, isLast: next === undefined };
}

function rowOf(standing: ApiStanding): Row[] {
  const ref = refIn(standing.object);
  if (ref === undefined) return [];
  const { object, name, state, backend_code, backend_status, since } = standing;
  const isDone = backend_code === 1 && state !== 'Deleting';
  const reason = isDone ? '' : backend_status;
  return [{ object, ...ref, name: name ?? '', word: stateWord(standing), reason, since }];
}
