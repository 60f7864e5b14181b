import type { ReactNode } from 'react';
import { useNow } from './now.ts';
import { countDown, span } from './words.ts';

/** For how long: `14m`. Machines get the time itself. */
export function Age({ since }: { readonly since: string }): ReactNode {
  const now = useNow();
  return (
    <time dateTime={since} title={since}>
      {span(now - Date.parse(since))}
    </time>
  );
}

/** When it is tried again: `next in 8:02`. */
export function NextAttempt({ at }: { readonly at: string | null }): ReactNode {
  const now = useNow();
  if (at === null) return null;
  const left = Date.parse(at) - now;
  return (
    <time dateTime={at} title={at}>
      {left > 0 ? `next attempt in ${countDown(left)}` : 'next attempt now'}
    </time>
  );
}
