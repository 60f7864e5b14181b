import { useState, type ReactNode } from 'react';
import { addressOf } from '../route.ts';

const KEY = 'accord-filters';
const MOST = 20;

/** Searches that somebody wants again: they stay in this browser, and each is an address that can be sent to others. */
export function SavedFilters({ search }: { readonly search: string }): ReactNode {
  const [saved, setSaved] = useState(read);
  const keep = (filters: readonly string[]): void => {
    localStorage.setItem(KEY, JSON.stringify(filters));
    setSaved(filters);
  };
  const asked = search.trim();
  const isNew = asked !== '' && !saved.includes(asked) && saved.length < MOST;
  if (saved.length === 0 && !isNew) return null;
  return (
    <div className="saved" role="group" aria-label="Saved filters">
      {saved.map((filter) => (
        <span key={filter} className="picked">
          <a
            href={addressOf({ screen: 'objects', search: filter })}
            aria-current={filter === asked ? 'true' : undefined}
          >
            {filter}
          </a>
          <button
            type="button"
            className="quiet"
            aria-label={`Forget ${filter}`}
            onClick={() => keep(saved.filter((one) => one !== filter))}
          >
            ×
          </button>
        </span>
      ))}
      {isNew && (
        <button type="button" className="quiet" onClick={() => keep([...saved, asked])}>
          Save this filter
        </button>
      )}
    </div>
  );
}

/** What is there may be somebody else's, or cut off. */
function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}
