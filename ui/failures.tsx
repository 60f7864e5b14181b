import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { ApiSummary } from '../client/operate-wire.ts';
import { Age, NextAttempt } from './ages.tsx';
import { ask, operate, refIn } from './ask.ts';
import { CommandLine } from './command-line.tsx';
import { ObjectLink } from './object-link.tsx';
import { useSummary } from './queries.ts';
import { StateBadge } from './state-badge.tsx';
import { Trouble } from './trouble.tsx';
import { count, many, plain } from './words.ts';

type Cause = ApiSummary['causes']['first'][number];

/** So many of those that say the same are shown until somebody asks for the rest. */
const FIRST = 5;

/** What has failed by itself; those that say the same share a card. What is merely held by it is a number on the card. */
export function Failures(): ReactNode {
  const { data, error } = useSummary();
  const causes = data?.causes;
  const held = causes?.first.reduce((sum, { holds }) => sum + holds, 0) ?? 0;
  const same = Map.groupBy(causes?.first ?? [], ({ state, backend_status }) => `${state} ${backend_status}`);
  return (
    <section className="screen">
      <h1>Failures</h1>
      <Trouble error={error} />
      {causes?.count === 0 && <p className="hint">Nothing has failed.</p>}
      {causes !== undefined && causes.count > 0 && (
        <p className="hint" role="status">
          {many(causes.count, 'cause')}
          {held > 0 && `, ${many(held, 'object')} held by ${causes.count === 1 ? 'it' : 'them'}`}
          {causes.count > causes.first.length && `; the first ${count(causes.first.length)} are shown`}
        </p>
      )}
      <ul className="causes">
        {[...same].map(([key, its]) => (
          <CauseCard key={key} causes={its} />
        ))}
      </ul>
    </section>
  );
}

function CauseCard({ causes }: { readonly causes: readonly Cause[] }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? causes : causes.slice(0, FIRST);
  const [first] = causes;
  if (first === undefined) return null;
  return (
    <li className="card failed">
      {causes.length > 1 && (
        <div className="standing">
          <StateBadge word={first.state} />
          <b>{many(causes.length, 'object')}, the same text</b>
        </div>
      )}
      {causes.length === 1 && <Standing cause={first} />}
      <pre className="said">{plain(first.backend_status)}</pre>
      {causes.length === 1 && <Remedy cause={first} />}
      {causes.length > 1 &&
        shown.map((cause) => (
          <div key={cause.object} className="one-of">
            <Standing cause={cause} />
            <Remedy cause={cause} />
          </div>
        ))}
      {causes.length > shown.length && (
        <button type="button" onClick={() => setOpen(true)}>
          Show {count(causes.length - shown.length)} more
        </button>
      )}
    </li>
  );
}

function Standing({ cause }: { readonly cause: Cause }): ReactNode {
  return (
    <div className="standing">
      <StateBadge word={cause.state} />
      <ObjectLink {...cause} />
      <span>
        for <Age since={cause.since} />
      </span>
      <span>failed {cause.failures === 1 ? 'once' : `${count(cause.failures)} times`}</span>
      <NextAttempt at={cause.next_attempt_at} />
    </div>
  );
}

/** What it holds, and the way to try it now. */
function Remedy({ cause }: { readonly cause: Cause }): ReactNode {
  const ref = refIn(cause.object);
  const sync = useMutation({ mutationFn: async () => ref && ask('POST', operate(ref, 'sync')) });
  return (
    <>
      <p>{cause.holds === 0 ? 'It holds nothing else.' : `It holds ${many(cause.holds, 'object')}.`}</p>
      <div className="standing">
        <button
          type="button"
          className="primary"
          aria-label={`Sync now ${cause.object}`}
          disabled={sync.isPending}
          onClick={() => sync.mutate()}
        >
          Sync now
        </button>
        <CommandLine line={`accord sync ${cause.object}`} />
      </div>
      <Trouble error={sync.error} />
    </>
  );
}
