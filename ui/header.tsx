import type { ReactNode } from 'react';
import type { ApiSummary } from '../client/operate-wire.ts';
import { ConnectionLight } from './connection-light.tsx';
import { searchIn, toggleState } from './fleet/search.ts';
import { addressOf, go } from './route.ts';
import { StateShape } from './state-shape.tsx';
import { faceOf, STATES } from './states.ts';
import { count } from './words.ts';

/** The counts by state, each a filter of the fleet; and whether what is shown is what is. */
export function Header({
  summary,
  search,
}: {
  readonly summary: ApiSummary | undefined;
  readonly search: string;
}): ReactNode {
  const asked = searchIn(search).states;
  return (
    <header className="top">
      <a className="brand" href={addressOf({ screen: 'objects', search: '' })}>
        <img src="/ui/icon.svg" alt="" width="22" height="22" />
        Accord
      </a>
      <div className="counts" role="group" aria-label="Objects by state">
        {wordsOf(summary).map((word) => {
          const face = faceOf(word);
          return (
            <button
              key={word}
              type="button"
              className={`count tone-${face.tone}`}
              aria-pressed={asked.includes(face.key)}
              onClick={() => go({ screen: 'objects', search: toggleState(search, face.key) })}
            >
              <StateShape face={face} />
              <b>{count(summary?.states[word] ?? 0)}</b>
              <span className="count-word">{word}</span>
            </button>
          );
        })}
      </div>
      <ConnectionLight />
    </header>
  );
}

/** Those that there are; how all is well is always said. */
function wordsOf(summary: ApiSummary | undefined): string[] {
  const present = Object.entries(summary?.states ?? {}).flatMap(([word, number]) =>
    number > 0 ? [word] : [],
  );
  const known = STATES.map(({ word }) => word);
  return [
    ...known.filter((word) => present.includes(word) || word === 'Synced'),
    ...present.filter((word) => !known.includes(word)),
  ];
}
