import type { ReactNode } from 'react';
import type { ApiCause, ApiWhy } from '../../client/operate-wire.ts';
import { Age, NextAttempt } from '../ages.tsx';
import { CommandLine } from '../command-line.tsx';
import { ObjectLink } from '../object-link.tsx';
import { StateBadge } from '../state-badge.tsx';
import { isSettled, stateWord } from '../states.ts';
import { clock, many, plain } from '../words.ts';

/** From the object down to its root cause, each waiting for the next; and what one can do about it. */
export function WhyChain({ why: { chain, omitted, others, advice } }: { readonly why: ApiWhy }): ReactNode {
  const root = chain.at(-1);
  if (root === undefined || (isSettled(stateWord(root)) && !root.deleted)) return null;
  const middle = Math.floor(chain.length / 2);
  return (
    <section className={`card why ${root.backend_code === 2 ? 'failed' : ''}`} aria-labelledby="why-title">
      <h2 id="why-title">Why</h2>
      <ol>
        {chain.map((cause, at) => (
          <li key={cause.object}>
            {omitted > 0 && at === middle && <p className="hint">… {omitted} more between</p>}
            <Link cause={cause} isRoot={at === chain.length - 1} />
          </li>
        ))}
      </ol>
      {others.count > 0 && (
        <p>
          It holds {many(others.count, 'other object')}:{' '}
          {others.first.slice(0, 5).map((other) => (
            <ObjectLink key={other.object} {...other} />
          ))}
          {others.count > 5 && ' …'}
        </p>
      )}
      {advice.map(({ text, command }) => (
        <p key={text} className="advice">
          {plain(text)}
          {command !== null && <CommandLine line={command} />}
        </p>
      ))}
    </section>
  );
}

function Link({ cause, isRoot }: { readonly cause: ApiCause; readonly isRoot: boolean }): ReactNode {
  const { trouble } = cause;
  return (
    <>
      <div className="standing">
        <StateBadge word={stateWord(cause)} />
        <ObjectLink {...cause} />
        <Age since={cause.since} />
        {isRoot && cause.attempts > 0 && (
          <span>
            attempt {cause.attempts} of generation {cause.generation}
          </span>
        )}
        {isRoot && <NextAttempt at={cause.next_attempt_at} />}
      </div>
      {isRoot && <pre className="said">{plain(cause.backend_status)}</pre>}
      {isRoot && trouble.first_seen !== null && trouble.last_seen !== null && trouble.times > 1 && (
        <p className="hint">
          {trouble.times} times, first at {clock(trouble.first_seen)}, last at {clock(trouble.last_seen)},{' '}
          {trouble.texts === 1 ? 'the same text each time' : `${trouble.texts} different texts`}
        </p>
      )}
    </>
  );
}
