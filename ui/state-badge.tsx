import type { ReactNode } from 'react';
import { StateShape } from './state-shape.tsx';
import { faceOf } from './states.ts';

/** A state as word, shape and colour. */
export function StateBadge({
  word,
  big = false,
}: {
  readonly word: string;
  readonly big?: boolean;
}): ReactNode {
  const face = faceOf(word);
  return (
    <span className={`state tone-${face.tone}${big ? ' big' : ''}${word === 'Syncing' ? ' turning' : ''}`}>
      <StateShape face={face} />
      {word}
    </span>
  );
}
