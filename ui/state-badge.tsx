import type { ReactNode } from 'react';
import { faceOf } from './states.ts';

/** A state as word, shape and colour. */
export function StateBadge({
  word,
  big = false,
}: {
  readonly word: string;
  readonly big?: boolean;
}): ReactNode {
  const { shape, tone } = faceOf(word);
  return (
    <span className={`state tone-${tone}${big ? ' big' : ''}${word === 'Syncing' ? ' turning' : ''}`}>
      <span className="shape" aria-hidden="true">
        {shape}
      </span>
      {word}
    </span>
  );
}
