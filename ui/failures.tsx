import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
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

/** What has failed by itself, one card each; what is merely held by it is a number on the card. */
export function Failures(): ReactNode {
  const { data, error } = useSummary();
  const causes = data?.causes;
  const held = causes?.first.reduce((sum, { holds }) => sum + holds, 0) ?? 0;
  return (
    <section className="screen">
      <h1>Failures</h1>
      <Trouble error={error} />
      {causes?.count === 0 && <p className="hint">Nothing has failed.</p>}
      {causes !== undefined && causes.count > 0 && (
        <p className="hint" role="status">
          {many(causes.count, 'cause')}, {many(held, 'object')} held by {causes.count === 1 ? 'it' : 'them'}
          {causes.count > causes.first.length && `; the first ${count(causes.first.length)} are shown`}
        </p>
      )}
      <ul className="causes">
        {causes?.first.map((cause) => (
          <CauseCard key={cause.object} cause={cause} />
        ))}
      </ul>
    </section>
  );
}

function CauseCard({ cause }: { readonly cause: Cause }): ReactNode {
  const ref = refIn(cause.object);
  const sync = useMutation({ mutationFn: async () => ref && ask('POST', operate(ref, 'sync')) });
  return (
    <li className="card failed">
      <div className="standing">
        <StateBadge word={cause.state} />
        <ObjectLink {...cause} />
        <span>
          for <Age since={cause.since} />
        </span>
        <span>failed {cause.failures === 1 ? 'once' : `${count(cause.failures)} times`}</span>
        <NextAttempt at={cause.next_attempt_at} />
      </div>
      <pre className="said">{plain(cause.backend_status)}</pre>
      <p>{cause.holds === 0 ? 'It holds nothing else.' : `It holds ${many(cause.holds, 'object')}.`}</p>
      <div className="standing">
        <button type="button" className="primary" disabled={sync.isPending} onClick={() => sync.mutate()}>
          Sync now
        </button>
        <CommandLine line={`accord sync ${cause.object}`} />
      </div>
      <Trouble error={sync.error} />
    </li>
  );
}
