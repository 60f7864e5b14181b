import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 720px)');

/** Is this a phone's width? The same as in the style sheets. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      narrow.addEventListener('change', changed);
      return () => narrow.removeEventListener('change', changed);
    },
    () => narrow.matches,
  );
}
