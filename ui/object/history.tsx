import { useState, type ReactNode } from 'react';
import type { ApiAttempt } from '../../client/attempt-wire.ts';
import type { ApiEvent } from '../../client/operate-wire.ts';
import type { Ref } from '../ask.ts';
import { EventDetail, toneOf } from '../event-detail.tsx';
import { useEvents } from '../queries.ts';
import { isGone, PartTrouble } from '../trouble.tsx';
import { clock, count } from '../words.ts';
import { Attempt, toneOfAttempt } from './attempt.tsx';
import { useAttempts } from './attempt-queries.ts';

const FIRST = 12;

/** Something on the timeline: an attempt, or what was done to the object meanwhile. */
type Entry = { readonly key: string; readonly at: number } & (
  | { readonly attempt: ApiAttempt; readonly event?: never }
  | { readonly event: ApiEvent; readonly attempt?: never }
);

/** What has happened to an object, latest first: the attempts, and among them the changes of its goal. */
export function History({
  target,
  isBusy = false,
}: {
  readonly target: Ref;
  /** It has something to do. */
  readonly isBusy?: boolean;
}): ReactNode {
  const events = useEvents(target);
  const attempts = useAttempts(target, isBusy);
  const [most, setMost] = useState(FIRST);
  // Attempts go with their object, and what was known of them with them; what happened to it is remembered.
  const kept = isGone(attempts.error) ? [] : (attempts.data ?? []);
  const runs = runsOf(entriesOf(kept, events.data?.items ?? []));
  return (
    <section className="card" aria-labelledby="history-title">
      <h2 id="history-title">Attempts and changes</h2>
      <PartTrouble error={events.error} />
      <ol className="timeline">
        {runs.slice(0, most).map((run) => (
          // The first of its kind stays the same when more come: what is unfolded stays so.
          <Run key={(run.more.at(-1) ?? run.first).key} target={target} {...run} />
        ))}
      </ol>
      {runs.length > most && (
        <button type="button" onClick={() => setMost(most * 3)}>
          Earlier: {count(runs.length - most)}
        </button>
      )}
    </section>
  );
}

/** How attempts end is told by the attempts, for as long as they are kept. */
const ENDS = ['synced', 'policed', 'failed', 'stalled', 'deferred', 'pretended', 'superseded', 'cancelled'];

function entriesOf(attempts: readonly ApiAttempt[], events: readonly ApiEvent[]): Entry[] {
  const oldest = Math.min(...attempts.map(({ started }) => Date.parse(started)));
  const isTold = ({ kind, at }: ApiEvent): boolean => ENDS.includes(kind) && Date.parse(at) >= oldest;
  const entries: Entry[] = [
    ...attempts.map((attempt) => ({
      key: `attempt ${attempt.number}`,
      at: Date.parse(attempt.started),
      attempt,
    })),
    ...events
      .filter((event) => !isTold(event))
      .map((event) => ({ key: event.cursor, at: Date.parse(event.at), event })),
  ];
  return entries.toSorted((a, b) => b.at - a.at);
}

interface Same {
  readonly first: Entry;
  /** The same before it. */
  readonly more: readonly Entry[];
}

/** The same again and again is one run: the latest, and those before. */
function runsOf(entries: readonly Entry[]): Same[] {
  const runs: { first: Entry; more: Entry[] }[] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    if (last !== undefined && isSame(last.first, entry)) last.more.push(entry);
    else runs.push({ first: entry, more: [] });
  }
  return runs;
}

function isSame(a: Entry, b: Entry): boolean {
  if (a.attempt !== undefined && b.attempt !== undefined)
    return (
      a.attempt.text !== null && a.attempt.text === b.attempt.text && a.attempt.outcome === b.attempt.outcome
    );
  if (a.event === undefined || b.event === undefined) return false;
  const text = a.event.detail['text'];
  return (
    text !== undefined &&
    a.event.kind === b.event.kind &&
    b.event.writer === null &&
    text === b.event.detail['text']
  );
}

function Run({ target, first, more }: Same & { readonly target: Ref }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <EntryLine target={target} entry={first} />
      {more.length > 0 && !isOpen && (
        <li className="same">
          <button type="button" className="quiet" onClick={() => setOpen(true)}>
            +{count(more.length)} the same
          </button>
        </li>
      )}
      {isOpen && more.map((entry) => <EntryLine key={entry.key} target={target} entry={entry} />)}
    </>
  );
}

function EntryLine({
  target,
  entry: { attempt, event },
}: {
  readonly target: Ref;
  readonly entry: Entry;
}): ReactNode {
  if (attempt !== undefined)
    return (
      <li className={`tone-${toneOfAttempt(attempt)}`}>
        <Attempt target={target} attempt={attempt} />
      </li>
    );
  return (
    <li className={`tone-${toneOf(event)}`}>
      <time dateTime={event.at}>{clock(event.at)}</time>
      <b>{event.kind}</b>
      <EventDetail event={event} />
    </li>
  );
}
