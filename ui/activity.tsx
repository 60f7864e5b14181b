import { useMemo, type ReactNode } from 'react';
import { EventDetail, toneOf } from './event-detail.tsx';
import { useLive } from './live.ts';
import { ObjectLink } from './object-link.tsx';
import { useLastEvents } from './queries.ts';
import { Trouble } from './trouble.tsx';
import { clock } from './words.ts';

const MOST = 200;

/** What happens, latest first: the end of the audit trail, and all that comes since. */
export function Activity(): ReactNode {
  const { events } = useLive();
  const before = useLastEvents();
  const shown = useMemo(() => {
    const all = [...events, ...(before.data ?? []).toReversed()];
    return [...new Map(all.map((event) => [event.cursor, event])).values()]
      .toSorted((a, b) => b.id - a.id)
      .slice(0, MOST);
  }, [events, before.data]);
  return (
    <section className="screen">
      <h1>Activity</h1>
      <Trouble error={before.error} />
      {before.isSuccess && shown.length === 0 && <p className="hint">Nothing has happened yet.</p>}
      <ol className="timeline card">
        {shown.map((event) => (
          <li key={event.cursor} className={`tone-${toneOf(event)}`}>
            <time dateTime={event.at}>{clock(event.at)}</time>
            {event.object !== null && <ObjectLink object={event.object} />}
            <b>{event.kind}</b>
            <EventDetail event={event} />
          </li>
        ))}
      </ol>
    </section>
  );
}
