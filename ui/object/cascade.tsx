import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiCascade } from '../../client/operate-wire.ts';
import { ask, operate, spell, type Ref } from '../ask.ts';
import { ObjectLink } from '../object-link.tsx';
import { count, many } from '../words.ts';

/** So many are read at once, and shown. */
const PART = 200;

type Parts = InfiniteData<ApiCascade, string>;

/** What would be deleted with an object: all of it counted, in parts as far as somebody reads on. */
export const useCascade = (target: Ref, isWanted: boolean): UseInfiniteQueryResult<Parts> =>
  useInfiniteQuery({
    queryKey: ['object', spell(target), 'cascade'],
    queryFn: ({ pageParam }) => ask<ApiCascade>('GET', pageParam),
    initialPageParam: operate(target, `cascade?limit=${PART}`),
    getNextPageParam: ({ next }) => next,
    enabled: isWanted,
  });

/** The objects in the order in which they would go, the one that was meant last. */
export function Cascade({
  target,
  cascade: { data, fetchNextPage, hasNextPage, isFetchingNextPage },
}: {
  readonly target: Ref;
  readonly cascade: UseInfiniteQueryResult<Parts>;
}): ReactNode {
  const whole = data?.pages[0];
  if (data === undefined || whole === undefined || whole.total < 2) return null;
  const shown = data.pages.flatMap(({ items }) => items);
  const rest = whole.total - shown.length;
  return (
    <>
      <p>
        {many(whole.total, 'object')} would be deleted (
        {whole.models.map(({ model, total }) => `${count(total)} ${model}`).join(', ')}), in this order:
      </p>
      <div className="cascade" role="region" aria-label="In this order" tabIndex={0}>
        <ol>
          {shown.map((one) => (
            <li key={one.object}>
              {one.object === spell(target) ? <b>{one.object}</b> : <ObjectLink {...one} />}
            </li>
          ))}
        </ol>
        {hasNextPage && (
          <p>
            <button type="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show {count(Math.min(PART, rest))} more
            </button>{' '}
            <span className="hint">
              of {count(rest)}; the last is {spell(target)}
            </span>
          </p>
        )}
      </div>
    </>
  );
}

/** What keeps all of it from being deleted. */
export function Protected({ cascade }: { readonly cascade: ApiCascade | undefined }): ReactNode {
  if (cascade === undefined || cascade.protected.count === 0) return null;
  const { count: number, first } = cascade.protected;
  return (
    <div className="trouble" role="alert">
      {many(number, 'object')} of these {number === 1 ? 'is' : 'are'} write-protected:{' '}
      {first.map((one) => (
        <ObjectLink key={one.object} {...one} />
      ))}
      {number > first.length && '… '}Nothing is deleted until write_protect is unset there.
    </div>
  );
}
