import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAttempt, ApiAttemptEvent } from '../client/attempt-wire.ts';
import type { Client } from '../client/http.ts';
import type { Ref } from '../model/definition.ts';
import { attemptHead, attemptTail, eventLines } from './attempt-lines.ts';
import { EXIT, UsageError } from './explain.ts';
import { askAgain, connectionTeller, type Teller } from './lost-connection.ts';
import { objectNamed, refOf } from './names.ts';
import type { Session } from './session.ts';
import { printableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface LogFlags {
  readonly attempt?: number;
  readonly follow: boolean;
  /** What was printed, and nothing else. */
  readonly raw: boolean;
  readonly output: 'text' | 'json';
}

const LOOK_MS = 1_000;

/** Show what was done in an attempt: the last one, or that of a number; with `follow`, as it happens. */
export async function logs(name: string, flags: LogFlags, session: Session): Promise<number> {
  const { client, terminal } = session;
  if (flags.raw && flags.follow)
    throw new UsageError(
      '--raw prints what a playbook has printed when it has ended: leave out --follow or --raw',
    );
  const ref = refOf(await objectNamed(name, await client.models(), client));
  let attempt = await wanted(ref, flags, client);
  if (attempt === undefined && !flags.follow) {
    terminal.note(
      `There was no attempt on ${ref.model}/${ref.id} yet. \`accord why\` says what it waits for.`,
    );
    return EXIT.ok;
  }
  if (flags.raw && attempt !== undefined) return printRaw(ref, attempt.number, session);
  if (!flags.follow && attempt !== undefined) return showOne(ref, attempt.number, flags, session);
  const tell = connectionTeller(terminal);
  for (;;) {
    attempt ??= await next(ref, 0, client, tell);
    await followOne(ref, attempt, flags, session, tell);
    if (flags.attempt !== undefined) return EXIT.ok;
    attempt = await next(ref, attempt.number, client, tell);
    terminal.out('');
  }
}

async function wanted(
  ref: Ref,
  { attempt: number }: LogFlags,
  client: Client,
): Promise<ApiAttempt | undefined> {
  const attempts = await client.attempts(ref);
  if (number === undefined) return attempts[0];
  const found = attempts.find((one) => one.number === number);
  if (found !== undefined) return found;
  const kept = attempts.map((one) => one.number);
  const hint = kept.length === 0 ? 'there was none yet' : `kept are ${kept.at(-1)} to ${kept[0]}`;
  throw new UsageError(`there is no attempt ${number} on ${ref.model}/${ref.id}: ${hint}`);
}

/** Wait for an attempt after this one. */
async function next(ref: Ref, after: number, client: Client, tell: Teller): Promise<ApiAttempt> {
  for (;;) {
    const attempts = await askAgain(() => client.attempts(ref), tell);
    const found = attempts.findLast(({ number }) => number > after);
    if (found !== undefined) return found;
    await sleep(LOOK_MS);
  }
}

async function printRaw(ref: Ref, number: number, { client, terminal }: Session): Promise<number> {
  const output = await client.attemptOutput(ref, number);
  if (output === null) terminal.note(`Attempt ${number} has run no playbook, or not to its end.`);
  else terminal.out(printableLines(output));
  return EXIT.ok;
}

async function showOne(
  ref: Ref,
  number: number,
  { output }: LogFlags,
  { client, terminal }: Session,
): Promise<number> {
  const events = await allEvents(ref, number, client);
  // Asked last: an attempt that has ended meanwhile is shown with its end.
  const attempt = await client.attempt(ref, number);
  if (output === 'json') {
    terminal.out(JSON.stringify({ ...attempt, events }, null, 2));
    return EXIT.ok;
  }
  terminal.out(attemptHead(attempt, terminal));
  for (const event of events) say(event, terminal);
  for (const line of attemptTail(attempt, terminal)) terminal.out(line);
  return EXIT.ok;
}

async function allEvents(ref: Ref, number: number, client: Client): Promise<ApiAttemptEvent[]> {
  const events: ApiAttemptEvent[] = [];
  for (;;) {
    const page = await client.attemptEvents(ref, number, events.at(-1)?.number);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

async function followOne(
  ref: Ref,
  attempt: ApiAttempt,
  { output }: LogFlags,
  { client, terminal }: Session,
  tell: Teller,
): Promise<void> {
  const isJson = output === 'json';
  if (!isJson) terminal.out(attemptHead(attempt, terminal));
  for await (const event of client.followAttempt(ref, attempt.number, { onConnection: tell })) {
    if (isJson) terminal.out(JSON.stringify(event));
    else say(event, terminal, attempt.finished === null);
  }
  const ended = await askAgain(() => client.attempt(ref, attempt.number), tell);
  if (isJson) terminal.out(JSON.stringify({ ...ended, event: 'end' }));
  else for (const line of attemptTail(ended, terminal)) terminal.out(line);
}

function say(event: ApiAttemptEvent, terminal: Terminal, isLive = false): void {
  for (const line of eventLines(event, terminal, isLive)) terminal.out(`  ${line}`);
}
