import type { ApiStates, ApiSummary, ApiSynchronizer } from '../client/operate-wire.ts';
import { spanWords } from './spans.ts';
import { inStateColor, shownStates, stateShape } from './states.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { titleOf } from './why.ts';

type Cause = ApiSummary['causes']['first'][number];

/** More would push what was said before off the screen. */
const SHOWN_CAUSES = 5;

/** The fleet in a few lines: how many objects are in which state, what has failed and why, and who does not work. */
export function fleetLines(
  { total, states, causes }: ApiSummary,
  synchronizers: readonly ApiSynchronizer[],
  terminal: Terminal,
  now = Date.now(),
): string[] {
  const rest = causes.count - Math.min(causes.first.length, SHOWN_CAUSES);
  return [
    `${countText(total)} ${total === 1 ? 'object' : 'objects'}  ${statesText(states, terminal)}`.trimEnd(),
    ...causes.first.slice(0, SHOWN_CAUSES).flatMap((cause) => causeLines(cause, terminal, now)),
    ...(rest > 0 ? [`and ${countText(rest)} more have failed:  accord get --state error,stalled`] : []),
    ...synchronizers.flatMap(troubleOf),
  ];
}

/** `✔ 4,812 Synced  ⧗ 214 Waiting`, in the order in which states are listed everywhere. */
export function statesText(states: ApiStates, terminal: Terminal): string {
  return shownStates(states)
    .map((word) =>
      inStateColor(word, `${stateShape(word)} ${countText(states[word] ?? 0)} ${word}`, terminal),
    )
    .join('  ');
}

/** `4,812`, in every language. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

function causeLines(cause: Cause, terminal: Terminal, now: number): string[] {
  const word = cause.state;
  const inMs = cause.next_attempt_at === null ? undefined : Date.parse(cause.next_attempt_at) - now;
  const said = [
    `${word}, ${spanWords(now - Date.parse(cause.since))}`,
    `${countText(cause.failures)} ${cause.failures === 1 ? 'failure' : 'failures'}`,
    ...(inMs === undefined ? [] : [inMs > 0 ? `next in ${spanWords(inMs)}` : 'next now']),
    ...(cause.holds === 0 ? [] : [`holds ${countText(cause.holds)}`]),
  ];
  const head = `${stateShape(word)} ${titleOf(cause)}   ${said.join(', ')}`;
  return [inStateColor(word, head, terminal), `   ${printable(cause.backend_status)}`];
}

function troubleOf({ name, disabled, workers, paused }: ApiSynchronizer): string[] {
  if (disabled) return [`Synchronizer ${name} is disabled: nothing of it is done`];
  if (paused !== null)
    return [`Synchronizer ${name} is paused by ${paused.by}:  accord resume --synchronizer ${name}`];
  return workers.length > 0 ? [] : [`No worker of synchronizer ${name} is alive:  accord worker DIR`];
}
