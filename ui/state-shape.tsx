import type { ReactNode } from 'react';
import type { StateFace } from './states.ts';

/** Drawn and not typed: half of the signs that the command line uses are missing in many a font. */
const SHAPES: Readonly<Record<string, ReactNode>> = {
  synced: (
    <>
      <circle cx="8" cy="8" r="7" className="full" />
      <path d="M4.8 8.3l2.2 2.2 4.2-4.6" className="cut" />
    </>
  ),
  syncing: <path d="M8 1.8a6.2 6.2 0 1 1-6.2 6.2" />,
  waiting: (
    <path d="M3.5 1.5h9M3.5 14.5h9M4.5 1.5c0 4 3.5 4.5 3.5 6.5s-3.5 2.5-3.5 6.5M11.5 1.5c0 4-3.5 4.5-3.5 6.5s3.5 2.5 3.5 6.5" />
  ),
  deferred: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 4.4V8l2.6 1.8" />
    </>
  ),
  error: (
    <>
      <path d="M8 .6L15.4 8 8 15.4.6 8z" className="full" />
      <path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" className="cut" />
    </>
  ),
  blocked: <path d="M8 1.6L14.4 8 8 14.4 1.6 8z" />,
  stalled: <rect x="2.5" y="2.5" width="11" height="11" rx="1" className="full" />,
  paused: <path d="M5.5 2.5v11M10.5 2.5v11" />,
  unmanaged: <path d="M3 8h10" />,
  deleting: <path d="M5.2 3h9.3v10H5.2L1 8zM7.6 5.9l4.2 4.2M11.8 5.9l-4.2 4.2" />,
  pretended: <path d="M8 1.6L14.4 8 8 14.4 1.6 8zM8 5.6v4.8" />,
};

/** The shape of a state, in the colour of what is around it. */
export function StateShape({ face }: { readonly face: StateFace }): ReactNode {
  return (
    <svg className="shape" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {SHAPES[face.key] ?? <circle cx="8" cy="8" r="3" />}
    </svg>
  );
}
