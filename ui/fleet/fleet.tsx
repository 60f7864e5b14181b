import { useEffect, useState, type ReactNode } from 'react';
import { useModels, useSummary } from '../queries.ts';
import { isSettled } from '../states.ts';
import { Trouble } from '../trouble.tsx';
import { count } from '../words.ts';
import { useRows } from './rows.ts';
import { countFound, searchIn, unknownStates, type Search } from './search.ts';
import { SavedFilters } from './saved.tsx';
import { SearchField } from './search-field.tsx';
import { FleetTable } from './table.tsx';
import { useSettled } from './use-settled.ts';

/** What an object waits for may change without an event of its own. */
const BUSY_MS = 2_000;
const CALM_MS = 10_000;
/** Whoever types is asked for once they pause. */
const TYPING_MS = 150;

/** All objects, those that a search finds. */
export function Fleet({ search }: { readonly search: string }): ReactNode {
  const models = useModels();
  const summary = useSummary();
  const wanted = searchIn(useRested(search));
  const unknown = unknownStates(wanted);
  const isCalm = Object.keys(summary.data?.states ?? {}).every(isSettled);
  const { rows, answered, isThere, isWhole, error, look } = useRows(
    unknown.length === 0 ? wanted : undefined,
    isCalm ? CALM_MS : BUSY_MS,
  );
  const { shown, news, take, hold } = useSettled(rows, isWhole, answered);
  const found = isWhole ? rows.length : summary.data && countFound(wanted, summary.data, models.data ?? []);
  return (
    <section className="fleet" aria-label="Objects">
      <div className="bar">
        <SearchField search={search} />
        <p className="found" role="status">
          {isThere || unknown.length > 0 ? '' : 'loading … '}
          {found === undefined ? `${count(rows.length)} or more` : count(found)} of{' '}
          {count(summary.data?.total ?? 0)}
        </p>
        {news > 0 && (
          <button type="button" className="news" onClick={take}>
            {count(news)} new
          </button>
        )}
      </div>
      <SavedFilters search={search} />
      <Trouble error={models.error ?? summary.error ?? error} />
      {unknown.length > 0 && <p className="hint">No state is called {unknown.join(', ')}.</p>}
      {shown.length > 0 ? (
        <FleetTable rows={shown} total={found} hold={hold} look={look} />
      ) : (
        isThere && isWhole && <Nothing search={wanted} />
      )}
    </section>
  );
}

/** What was typed last, when that is some time ago. What stood there when the screen was opened, at once. */
function useRested(search: string): string {
  const [rested, setRested] = useState(search);
  useEffect(() => {
    const timer = setTimeout(() => setRested(search), TYPING_MS);
    return () => clearTimeout(timer);
  }, [search]);
  return rested;
}

function Nothing({ search: { states, models, words } }: { readonly search: Search }): ReactNode {
  if (states.length + models.length + words.length > 0)
    return <p className="hint">Nothing is found. The search takes names, Model/id, state:… and model:….</p>;
  return (
    <p className="hint">
      There are no objects yet. To create one: <code>accord create MODEL field=value</code>, or POST it to
      /xosapi/v1/&lt;app&gt;/&lt;plural&gt;.
    </p>
  );
}
