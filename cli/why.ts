import type { ApiAdvice, ApiCause, ApiNamed, ApiWhy } from '../client/operate-wire.ts';
import { EXIT } from './explain.ts';
import { objectNamed, refOf } from './names.ts';
import { printData } from './render.ts';
import { spanWords, timeText } from './spans.ts';
import { inStateColor, stateShape, stateWord } from './states.ts';
import { printable } from './table.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Say why an object is as it is: the chain of waits to its root cause, and what one can do about it. */
export async function why(
  name: string,
  { output }: { readonly output: 'text' | 'json' | 'yaml' },
  { client, terminal }: Session,
): Promise<number> {
  const object = await objectNamed(name, await client.models(), client);
  const answer = await client.why(refOf(object));
  if (output === 'text') terminal.out(whyText(answer, terminal));
  else printData(answer, output, terminal);
  return EXIT.ok;
}

/** Lay out the answer: the object, below it what it waits for, at the end the cause with its text. */
export function whyText(
  { chain, omitted, others, advice }: ApiWhy,
  terminal: Terminal,
  now = Date.now(),
): string {
  const heads = chain.map((cause, at) => branch(at) + shapeOf(cause) + ' ' + titleOf(cause));
  const width = Math.max(...heads.map((head) => head.length));
  const lines = chain.map((cause, at) => {
    const line = `${(heads[at] ?? '').padEnd(width)}   ${standing(cause, at === chain.length - 1, now)}`;
    return inStateColor(stateWord(cause), line, terminal);
  });
  // The middle of a long chain is left out.
  if (omitted > 0) lines.splice(chain.length / 2, 0, `${branch(chain.length / 2)}… ${omitted} more between`);
  const root = chain.at(-1);
  const margin = ' '.repeat(branch(chain.length - 1).length + 3);
  return [
    ...lines,
    ...(root === undefined ? [] : reasons(root, now).map((line) => margin + line)),
    ...(others.count === 0 ? [] : [`   Also held by it: ${someOf(others)}`]),
    ...adviceLines(advice),
  ].join('\n');
}

const shapeOf = (cause: ApiCause): string => stateShape(stateWord(cause));

function branch(depth: number): string {
  return depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
}

/** `Model/id name`. */
export function titleOf({ object, name }: ApiNamed): string {
  return printable(name === null || name === '' ? object : `${object} ${name}`);
}

/** How it stands: the state and since when; of the cause, which attempt that was and when the next one is. */
function standing(cause: ApiCause, isRoot: boolean, now: number): string {
  const word = stateWord(cause);
  const since = `${word}, ${spanWords(now - Date.parse(cause.since))}`;
  if (!isRoot || cause.attempts === 0 || word === 'Synced') return since;
  const attempt = `attempt ${cause.attempts} of generation ${cause.generation}`;
  return [since, attempt, ...nextAttempt(cause, now)].join(', ');
}

function nextAttempt({ next_attempt_at: next }: ApiCause, now: number): string[] {
  if (next === null) return [];
  const inMs = Date.parse(next) - now;
  return [inMs > 0 ? `next in ${spanWords(inMs)}` : 'next now'];
}

/** What it says of itself, and since when it says so. */
function reasons({ backend_status: text, trouble, state }: ApiCause, now: number): string[] {
  // Each line of a text of several stays one.
  const said = text
    .split('\n')
    .map(printable)
    .filter((line) => line !== '');
  const { times, first_seen: first, last_seen: last, texts } = trouble;
  if (first === null || last === null || state === 'Synced') return said;
  if (times === 1) return [...said, `seen once, ${timeText(first, now)}`];
  const alike = texts === 1 ? 'same text each time' : `${texts} different texts`;
  return [
    ...said,
    `first seen ${timeText(first, now)}, last ${timeText(last, now)}, ${times} times, ${alike}`,
  ];
}

/** The first few of many. */
export function someOf({ count, first }: ApiWhy['others'], most = 3): string {
  const named = first.slice(0, most).map(titleOf);
  const rest = count - named.length;
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function adviceLines(advice: readonly ApiAdvice[]): string[] {
  return advice.map(({ text, command }) => `   ${printable(text)}${command === null ? '' : `:  ${command}`}`);
}
