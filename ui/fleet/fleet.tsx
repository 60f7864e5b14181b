import { useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useMemo, type ReactNode } from 'react';
import { useModels, useSummary } from '../queries.ts';
import { Trouble } from '../trouble.tsx';
import { count } from '../words.ts';
import { MOST_ROWS, useRows } from './rows.ts';
import { matches, searchIn, unknownStates } from './search.ts';
import { SearchField } from './search-field.tsx';
import { FleetTable } from './table.tsx';
import { useSettled } from './use-settled.ts';

/** All objects, those that a search finds. */
export function Fleet({ search }: { readonly search: string }): ReactNode {
  const client = useQueryClient();
  const models = useModels();
  const summary = useSummary();
  const { rows, isComplete, error } = useRows(models.data ?? [], summary.data, client);
  // The field answers at once; with very many objects, the list comes after it.
  const asked = useDeferredValue(search);
  const found = useMemo(() => {
    const wanted = searchIn(asked);
    return rows.filter((row) => matches(row, wanted));
  }, [rows, asked]);
  const { shown, news, take, hold } = useSettled(found, asked);
  const unknown = unknownStates(searchIn(search));
  const total = summary.data?.total ?? 0;
  return (
    <section className="fleet" aria-label="Objects">
      <div className="bar">
        <SearchField search={search} />
        <p className="found" role="status">
          {isComplete ? '' : 'loading … '}
          {count(found.length)} of {count(total)}
          {total > MOST_ROWS && `; of very many, the first ${count(MOST_ROWS)} are searched`}
        </p>
        {news > 0 && (
          <button type="button" className="news" onClick={take}>
            {count(news)} new
          </button>
        )}
      </div>
      <Trouble error={models.error ?? summary.error ?? error} />
      {unknown.length > 0 && <p className="hint">No state is called {unknown.join(', ')}.</p>}
      {shown.length > 0 ? (
        <FleetTable rows={shown} hold={hold} />
      ) : (
        isComplete && <Nothing isSearch={search !== ''} />
      )}
    </section>
  );
}

function Nothing({ isSearch }: { readonly isSearch: boolean }): ReactNode {
  if (isSearch)
    return <p className="hint">Nothing is found. The search takes names, Model/id, state:… and model:….</p>;
  return (
    <p className="hint">
      There are no objects yet. To create one: <code>accord create MODEL field=value</code>, or POST it to
      /xosapi/v1/&lt;app&gt;/&lt;plural&gt;.
    </p>
  );
}
