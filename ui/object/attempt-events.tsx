import type { ReactNode } from 'react';
import type { ApiAttemptEvent } from '../../client/attempt-wire.ts';
import { Ansi } from '../ansi.tsx';
import type { Ref } from '../ask.ts';
import { PartTrouble } from '../trouble.tsx';
import { plain } from '../words.ts';
import { useAttemptEvents } from './attempt-queries.ts';

/** What happened in a playbook, task by task, as it happens. */
export function AttemptEvents({
  target,
  number,
}: {
  readonly target: Ref;
  readonly number: number;
}): ReactNode {
  const { events, isCut, error } = useAttemptEvents(target, number);
  const last = events.at(-1);
  return (
    <>
      <PartTrouble error={error} />
      {isCut && <p className="hint">… what came before is left out here: accord logs tells it.</p>}
      {events.length > 0 && (
        <ol className="tasks" aria-label={`Tasks of attempt ${number}`}>
          {events.map((event) => (
            <Line key={event.number} event={event} isLast={event === last} />
          ))}
        </ol>
      )}
    </>
  );
}

const TONES: Readonly<Record<string, string>> = {
  ok: 'green',
  changed: 'yellow',
  failed: 'red',
  unreachable: 'red',
};

function Line({ event, isLast }: { readonly event: ApiAttemptEvent; readonly isLast: boolean }): ReactNode {
  switch (event.event) {
    case 'task':
      // A task that has come to its results is told by these.
      return isLast ? <li className="tone-blue">{taskOf(event)} …</li> : null;
    case 'result':
      return <Result event={event} />;
    case 'stats':
      return <Recap hosts={event['hosts']} />;
    case 'no_hosts':
      return <li className="tone-red">no hosts matched</li>;
    case 'template_error':
      return <li className="tone-red">cannot be rendered: {textOf(event['message'])}</li>;
    case 'note':
      return <li className="tone-grey">{textOf(event['text'])}</li>;
    default:
      return null;
  }
}

function Result({ event }: { readonly event: ApiAttemptEvent }): ReactNode {
  const { status, changed, ignored, durationMs, host, result } = event;
  const word = status === 'ok' && changed === true ? 'changed' : textOf(status).replace('_', ' ');
  const isTrouble = ['failed', 'unreachable', 'item failed', 'retry'].includes(word);
  return (
    <li className={`tone-${TONES[word] ?? 'grey'}`}>
      <b>{word}</b> {taskOf(event)} on {textOf(host)}
      {typeof durationMs === 'number' && <span className="hint"> {(durationMs / 1_000).toFixed(1)} s</span>}
      {ignored === true && <span className="hint"> ignored</span>}
      {isTrouble &&
        saidIn(result).map((text) => (
          <pre key={text} className="said">
            <Ansi text={text} />
          </pre>
        ))}
    </li>
  );
}

/** What a failed task said, each text once. */
function saidIn(result: unknown): string[] {
  if (typeof result !== 'object' || result === null) return [];
  const { msg, stderr, stdout } = result as Readonly<Record<string, unknown>>;
  const texts = [msg, stderr, stdout].filter((text) => text !== undefined && text !== '');
  return [...new Set(texts.map((text) => (typeof text === 'string' ? text : JSON.stringify(text))))];
}

function Recap({ hosts }: { readonly hosts: unknown }): ReactNode {
  if (typeof hosts !== 'object' || hosts === null) return null;
  const counts = Object.entries(hosts as Readonly<Record<string, Readonly<Record<string, number>>>>);
  return counts.map(([host, { ok = 0, changed = 0, unreachable = 0, failures = 0 }]) => (
    <li key={host} className="tone-grey">
      {plain(host)} : ok={ok} changed={changed} unreachable={unreachable} failed={failures}
    </li>
  ));
}

const taskOf = ({ task }: ApiAttemptEvent): string =>
  typeof task === 'string' ? `«${plain(task)}»` : 'a task with no_log';

const textOf = (value: unknown): string =>
  plain(typeof value === 'string' ? value : JSON.stringify(value ?? ''));
