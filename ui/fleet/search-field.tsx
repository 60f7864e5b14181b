import type { ReactNode } from 'react';
import { refIn } from '../ask.ts';
import { go, replaceSearch } from '../route.ts';

/** Where one types what to look for. A whole `Model/id` and Enter opens it. */
export function SearchField({ search }: { readonly search: string }): ReactNode {
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const ref = refIn(search);
        if (ref !== undefined) go({ screen: 'object', ref });
      }}
    >
      <input
        id="search"
        type="search"
        aria-label="Search objects"
        placeholder="Model/id, name, state:error model:Color"
        autoComplete="off"
        spellCheck={false}
        value={search}
        onChange={(event) => replaceSearch(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          // Some browsers would empty it.
          event.preventDefault();
          event.currentTarget.blur();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}
