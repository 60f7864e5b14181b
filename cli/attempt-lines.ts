import type { ApiAttempt, ApiAttemptDetail, ApiAttemptEvent } from '../client/attempt-wire.ts';
import { timeText } from './spans.ts';
import { inStateColor, stateShape } from './states.ts';
import { printable, printableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Begins what is shown of an attempt: `► attempt 12  sync of generation 2  12:01:07  web-1:4711`. */
export function attemptHead(attempt: ApiAttempt, { colors }: Terminal, now = Date.now()): string {
  const { number, kind, generation, started, worker } = attempt;
  const what = generation === null ? WHAT[kind] : `${WHAT[kind]} of generation ${generation}`;
  return [colors.bold(`► attempt ${number}`), what, timeText(started, now), printable(worker)].join('  ');
}

const WHAT = { sync: 'sync', delete: 'deletion', police: 'policy' } as const;

/** What ends it: how it went, why, and what its code has logged. */
export function attemptTail(attempt: ApiAttemptDetail, terminal: Terminal): string[] {
  const { outcome, code, summary, text, log, duration_ms } = attempt;
  const said = [log, text]
    .map((each) => printableLines(each ?? ''))
    .filter((each) => each !== '')
    .flatMap((each) => each.split('\n').map((line) => `  ${line}`));
  if (outcome === null) return [...said, `${stateShape('Syncing')} it is running`];
  const word = WORDS[outcome] ?? 'Paused';
  const took = duration_ms === null ? '' : seconds(duration_ms);
  const parts = [`${stateShape(word)} ${outcome}`, code ?? '', printable(summary ?? ''), took];
  return [...said, inStateColor(word, parts.filter((part) => part !== '').join('  '), terminal)];
}

/** The state that an outcome shows in. */
const WORDS: Readonly<Record<string, string>> = {
  synced: 'Synced',
  pretended: 'Pretended',
  deferred: 'Deferred',
  failed: 'Error',
  stalled: 'Stalled',
};

/**
 * What happened in a playbook, in lines.
 *
 * @param isLive tell a task when it begins, too
 */
export function eventLines(event: ApiAttemptEvent, terminal: Terminal, isLive = false): string[] {
  switch (event.event) {
    case 'task':
      return isLive ? [terminal.colors.dim(`${taskOf(event)} …`)] : [];
    case 'result':
      return resultLines(event, terminal);
    case 'stats':
      return recapLines(event['hosts']);
    case 'no_hosts':
      return ['no hosts matched'];
    case 'template_error':
      return [printable(`cannot be rendered: ${textOf(event['message'])}`)];
    case 'note':
      return [printable(textOf(event['text']))];
    default:
      return [];
  }
}

const COLORS: Readonly<Record<string, 'green' | 'yellow' | 'red'>> = {
  ok: 'green',
  changed: 'yellow',
  failed: 'red',
  unreachable: 'red',
};

function resultLines(event: ApiAttemptEvent, { colors }: Terminal): string[] {
  const { status, changed, ignored, durationMs } = event;
  const shown = status === 'ok' && changed === true ? 'changed' : textOf(status).replace('_', ' ');
  const color = COLORS[shown] ?? 'reset';
  const took = typeof durationMs === 'number' ? seconds(durationMs) : '';
  const line = [
    colors[color](shown.padEnd(11)),
    taskOf(event),
    `on ${printable(textOf(event['host']))}`,
    took,
    ignored === true ? 'ignored' : '',
  ];
  const isTrouble = ['failed', 'unreachable', 'item failed', 'retry'].includes(shown);
  return [
    line.filter((part) => part !== '').join('  '),
    ...(isTrouble ? trouble(event['result']).map((said) => `    ${said}`) : []),
  ];
}

const taskOf = ({ task }: ApiAttemptEvent): string =>
  typeof task === 'string' ? `«${printable(task)}»` : 'a task with no_log';

/** What a failed task said, each text once. */
function trouble(result: unknown): string[] {
  if (typeof result !== 'object' || result === null) return [];
  const { msg, stderr, stdout } = result as Readonly<Record<string, unknown>>;
  const texts = [msg, stderr, stdout].filter((text) => text !== undefined && text !== '').map(textOf);
  return [...new Set(texts)].flatMap((text) => printableLines(text).split('\n').slice(-20));
}

function recapLines(hosts: unknown): string[] {
  if (typeof hosts !== 'object' || hosts === null) return [];
  return Object.entries(hosts as Readonly<Record<string, Readonly<Record<string, number>>>>).map(
    ([host, { failures = 0, ...counts }]) =>
      printable(
        `${host} : ok=${counts['ok'] ?? 0} changed=${counts['changed'] ?? 0} ` +
          `unreachable=${counts['unreachable'] ?? 0} failed=${failures} skipped=${counts['skipped'] ?? 0}`,
      ),
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
