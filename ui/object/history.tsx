import { useState, type ReactNode } from 'react';
import type { ApiEvent } from '../../client/operate-wire.ts';
import type { Ref } from '../ask.ts';
import { EventDetail, toneOf } from '../event-detail.tsx';
import { useEvents } from '../queries.ts';
import { Trouble } from '../trouble.tsx';
import { clock, many } from '../words.ts';

const FIRST = 12;

/** What has happened to an object, attempts and changes of its goal among each other, latest first. */
export function History({ target }: { readonly target: Ref }): ReactNode {
  const { data, error } = useEvents(target);
  const [isWhole, setWhole] = useState(false);
  const runs = runsOf(data?.items ?? []);
  return (
    <section className="card" aria-labelledby="history-title">
      <h2 id="history-title">Attempts and changes</h2>
      <Trouble error={error} />
      <ol className="timeline">
        {(isWhole ? runs : runs.slice(0, FIRST)).map(({ event, more }) => (
          <li key={event.cursor} className={`tone-${toneOf(event)}`}>
            <time dateTime={event.at}>{clock(event.at)}</time>
            <b>
              {event.kind}
              {more > 0 && ` (+${more})`}
            </b>
            <EventDetail event={event} />
          </li>
        ))}
      </ol>
      {runs.length > FIRST && !isWhole && (
        <button type="button" onClick={() => setWhole(true)}>
          {many(runs.length - FIRST, 'earlier entry').replace('entrys', 'entries')}
        </button>
      )}
    </section>
  );
}

/** The same again and again is one entry: the latest, and how many more. */
function runsOf(events: readonly ApiEvent[]): { event: ApiEvent; more: number }[] {
  const runs: { event: ApiEvent; more: number }[] = [];
  for (const event of events) {
    const last = runs.at(-1);
    const isSame =
      last?.event.kind === event.kind &&
      event.writer === null &&
      last.event.detail['text'] === event.detail['text'] &&
      event.detail['text'] !== undefined;
    if (isSame) last.more += 1;
    else runs.push({ event, more: 0 });
  }
  return runs;
}
