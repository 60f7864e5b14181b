import { useState, type ReactNode } from 'react';
import type { ApiAttempt } from '../../client/attempt-wire.ts';
import type { Ref } from '../ask.ts';
import { Ansi } from '../ansi.tsx';
import type { StateFace } from '../states.ts';
import { PartTrouble } from '../trouble.tsx';
import { clock, plain } from '../words.ts';
import { AttemptEvents } from './attempt-events.tsx';
import { useAttempt, useOutput } from './attempt-queries.ts';

const TONES: Readonly<Record<string, StateFace['tone']>> = {
  synced: 'green',
  policed: 'green',
  pretended: 'cyan',
  failed: 'red',
  stalled: 'magenta',
  deferred: 'yellow',
};
const KINDS = { sync: 'synchronization', delete: 'deletion', police: 'policy' } as const;

export const toneOfAttempt = ({ outcome }: ApiAttempt): StateFace['tone'] =>
  outcome === null ? 'blue' : (TONES[outcome] ?? 'grey');

/** An attempt in one line; it unfolds to all that is known of it, live while it runs. */
export function Attempt({
  target,
  attempt,
}: {
  readonly target: Ref;
  readonly attempt: ApiAttempt;
}): ReactNode {
  const { number, kind, started, duration_ms, outcome, text, summary } = attempt;
  const [isOpen, setOpen] = useState(outcome === null);
  const said = summary ?? text?.split('\n', 1)[0] ?? '';
  return (
    <details className="attempt" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <time dateTime={started}>{clock(started)}</time>
        <b>
          attempt {number} {outcome ?? 'runs'}
        </b>
        {kind !== 'sync' && <span className="hint">{KINDS[kind]}</span>}
        {duration_ms !== null && <span className="hint">{(duration_ms / 1_000).toFixed(1)} s</span>}
        <span className="attempt-said">{plain(said)}</span>
      </summary>
      {isOpen && <Detail target={target} attempt={attempt} />}
    </details>
  );
}

function Detail({ target, attempt }: { readonly target: Ref; readonly attempt: ApiAttempt }): ReactNode {
  const { number, kind, generation, worker, code, text, summary, has_bundle } = attempt;
  const { data, error } = useAttempt(target, attempt);
  const log = data?.log ?? '';
  return (
    <div className="attempt-detail">
      <p className="hint">
        {KINDS[kind]}
        {generation !== null && ` of generation ${generation}`} by {plain(worker)}
        {code !== null && `, ${plain(code)}`}
        {summary !== null && `: ${plain(summary)}`}
      </p>
      {text !== null && (
        <pre className="said" tabIndex={0} role="region" aria-label={`What attempt ${number} said`}>
          <Ansi text={text} />
        </pre>
      )}
      <AttemptEvents target={target} number={number} />
      {log !== '' && (
        <>
          <h3>Log</h3>
          <pre className="said" tabIndex={0} role="region" aria-label={`Log of attempt ${number}`}>
            <Ansi text={log} />
          </pre>
        </>
      )}
      {has_bundle && <Output target={target} number={number} />}
      <PartTrouble error={error} />
    </div>
  );
}

/** What Ansible printed: only for who may operate, and only when asked for. */
function Output({ target, number }: { readonly target: Ref; readonly number: number }): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const { data, error, isFetching } = useOutput(target, number, isAsked);
  if (!isAsked)
    return (
      <button type="button" onClick={() => setAsked(true)}>
        Raw output
      </button>
    );
  return (
    <>
      <PartTrouble error={error} />
      {isFetching && <p className="hint">Reading …</p>}
      {data === null && <p className="hint">It has printed nothing yet.</p>}
      {typeof data === 'string' && (
        <pre className="said" tabIndex={0} role="region" aria-label={`Raw output of attempt ${number}`}>
          <Ansi text={data} />
        </pre>
      )}
    </>
  );
}
