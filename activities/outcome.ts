import { inspect } from 'node:util';
import { PlaybookError } from '../backend/playbook-error.ts';
import type { Unfinished } from '../store/attempts.ts';
import type { Done } from './attempt.ts';
import type { Stop } from './lease.ts';
import { mask } from './mask.ts';

/** How an attempt ended (design 3.7). `message` is what Temporal is told: short, and without secrets. */
export type Outcome =
  | ({ readonly status: 'synced' } & Done)
  | (Unfinished & { readonly message: string; readonly isHandedBack?: boolean });

export interface OutcomeContext {
  /** Why the attempt was asked to end, when it was. */
  readonly stop: Stop | undefined;
  readonly timeoutMs: number;
  /** The delay that a failure costs now. */
  readonly delayMs: number;
  readonly deferralMs: number;
  readonly secrets: ReadonlySet<string>;
  /** Whose code it was, when it was not the step's: the text begins with it. */
  readonly by?: string;
}

const SHOWN_LENGTH = 1_024;
const MESSAGE_LENGTH = 200;

/**
 * Say what an exception of the author's code means.
 *
 * | thrown | outcome |
 * |---|---|
 * | anything, after the attempt was asked to end | cancelled, superseded; failed when it ran out of time |
 * | DeferredException | deferred: a constant delay, no failure counted |
 * | PermanentException | stalled until the goal changes |
 * | anything else | failed: a growing delay |
 */
export function outcomeOf(
  error: unknown,
  context: OutcomeContext,
): Exclude<Outcome, { readonly status: 'synced' }> {
  const { stop, delayMs, deferralMs } = context;
  if (stop === 'timeout') {
    const why = `timed out after ${duration(context.timeoutMs)}`;
    return said('failed', 'timeout', why, delayMs, context, ofPlaybook(error));
  }
  if (stop === 'newer goal')
    return said('superseded', null, 'a newer goal came', null, context, ofPlaybook(error));
  if (stop !== undefined) {
    const outcome = said('cancelled', null, `stopped: ${STOPPED[stop]}`, null, context, ofPlaybook(error));
    return stop === 'shutdown' ? { ...outcome, isHandedBack: true } : outcome;
  }

  const reason = messageOf(error);
  const code = codeOf(error);
  // By name, since an author's package may bring another copy of the class.
  const name = error instanceof Error ? error.name : '';
  if (name === 'DeferredException') {
    const afterMs = (error as { readonly afterMs?: unknown }).afterMs;
    // Number.isFinite takes anything, and NaN is a number.
    const delay = Number.isFinite(afterMs) ? Math.max(afterMs as number, 0) : deferralMs;
    return said('deferred', code, reason, delay, context);
  }
  if (name === 'PermanentException') return said('stalled', code, reason, null, context, error);
  return said('failed', code, reason, delayMs, context, error);
}

/** Where a playbook was when it was ended is worth telling; what author code throws when it is aborted is not. */
const ofPlaybook = (error: unknown): PlaybookError | undefined =>
  error instanceof PlaybookError ? error : undefined;

const STOPPED: Record<Exclude<Stop, 'timeout' | 'newer goal'>, string> = {
  lost: 'the lease was lost',
  deleted: 'the object is to be deleted',
  held: 'the object is held',
  shutdown: 'the worker shuts down',
};

function said(
  status: Unfinished['status'],
  code: string | null,
  why: string,
  delayMs: number | null,
  { secrets, by }: OutcomeContext,
  error?: unknown,
): Unfinished & { readonly message: string } {
  const reason = by === undefined ? why : `${by}: ${why}`;
  const shown = mask(reason, secrets);
  return {
    status,
    code: code === null ? null : mask(code, secrets),
    text: mask(wholeText(reason, error), secrets),
    shown: shortened(shown, SHOWN_LENGTH),
    message: shortened(shown, MESSAGE_LENGTH),
    delayMs,
    ...(error instanceof PlaybookError && error.recap !== undefined
      ? { summary: mask(error.recap, secrets) }
      : {}),
  };
}

/** Authors throw anything, and give errors any message: even what cannot be made a string is said somehow. */
function messageOf(error: unknown): string {
  const said: unknown = error instanceof Error ? error.message : error;
  const message = typeof said === 'object' && said !== null ? inspect(said) : String(said);
  const why = systemCauseOf(error);
  if (why !== undefined && !message.includes(why)) return message === '' ? why : `${message}: ${why}`;
  return message === '' ? 'failed without saying why' : message;
}

/** What the system said, where an error hides it: `fetch failed` alone tells nobody that nothing listens there. */
function systemCauseOf(error: unknown): string | undefined {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  if (!(first instanceof Error) || !('code' in first) || typeof first.code !== 'string') return undefined;
  const said: unknown = first.message;
  return typeof said === 'string' && said !== '' ? said : first.code;
}

/** Deeper than this nobody reads, and causes may go round in a circle. */
const MOST_CAUSES = 10;

/** What the author's error tells besides its message: what was printed, the stack, the causes. */
function wholeText(reason: string, error: unknown, causes = MOST_CAUSES): string {
  if (!(error instanceof Error)) return reason;
  // What it printed is kept by itself, and its stack is ours.
  if (error instanceof PlaybookError)
    return reason.includes(error.message) ? reason : `${reason}\n${error.message}`;
  const output = 'output' in error && typeof error.output === 'string' ? error.output : '';
  const stack = output === '' ? (error.stack ?? '') : output;
  const cause =
    error.cause === undefined || causes === 0
      ? ''
      : `caused by: ${wholeText(messageOf(error.cause), error.cause, causes - 1)}`;
  return [reason, stack, cause].filter((part) => part !== '').join('\n');
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : null;
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}

function duration(ms: number): string {
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${ms / 1_000} seconds`;
}
