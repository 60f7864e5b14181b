import type { Database, Queryable } from './database.ts';
import type { Reads } from './reads.ts';
import type { Fields, OutcomeStatus } from './types.ts';

/** Which attempt reports: the token that `prepare` handed out, and Temporal's attempt number below it. */
export interface Fence {
  readonly id: number;
  readonly token: number;
  readonly attempt: number;
}

/** An attempt that has begun. `serial` grows with every attempt on an object; `number` counts them from one. */
interface BegunAttempt {
  readonly serial: number;
  readonly number: number;
  /** Undefined: it was removed a moment after. */
  readonly loaded: Loaded | undefined;
}

export type Begun =
  | ({ readonly answer: 'begun' } & BegunAttempt)
  /** The attempt before was left open by a worker that died. `again`: so was the one before that. */
  | ({ readonly answer: 'lost'; readonly failures: number; readonly again: boolean } & BegunAttempt)
  /** Another holds the object; a later one has begun; the object is no more. */
  | { readonly answer: 'leased' }
  | { readonly answer: 'fenced' }
  | { readonly answer: 'gone' };

/** What an attempt is for. */
export type AttemptKind = 'police' | 'sync' | 'delete';

/** An object as an attempt acts on it: as it is after that has begun, all from one snapshot. */
export interface Loaded {
  /** What is due now: the same decision as `prepare`'s. */
  readonly decision: 'nothing' | 'wait' | AttemptKind;
  readonly model: string;
  readonly declarative: Fields;
  readonly feedback: Fields;
  readonly version: number;
  readonly generation: number;
  readonly failures: number;
  /** The objects that it depends on, by id. */
  readonly used: readonly number[];
  /** It is only pretended. */
  readonly pretending: boolean;
  /** How many attempts in a row a newer goal has ended. */
  readonly superseded: number;
  /** The version that policies have answered. */
  readonly policed: number | null;
  readonly deleted: boolean;
  /** How many policies stand between a person and its last write. */
  readonly depth: number;
}

/**
 * Begin an attempt: take the lease, commit, and load the object.
 *
 * @param lease.kind @default 'sync'
 * @throws when it could not be loaded, too: it may have begun then, and is to be given back
 */
export async function beginAttempt(
  database: Database,
  fence: Fence,
  lease: { readonly leaseMs: number; readonly worker: string; readonly kind?: AttemptKind },
): Promise<Begun> {
  const [row] = await database.repeat<{ begun: Answer; loaded: Loaded | null }>(
    'take_up',
    'call take_up($1, $2, $3, $4, $5, $6, null, null)',
    [fence.id, fence.token, fence.attempt, lease.kind ?? 'sync', lease.leaseMs, lease.worker],
  );
  if (row === undefined) return { answer: 'gone' };
  const { answer, id, number, failures, lost_before } = row.begun;
  const begun = { serial: id, number, loaded: row.loaded ?? undefined };
  switch (answer) {
    case 'begun':
      return { answer, ...begun };
    case 'lost':
      return { answer, ...begun, failures, again: lost_before };
    case 'leased':
    case 'fenced':
    case 'gone':
      return { answer };
  }
}

interface Answer {
  readonly answer: Begun['answer'];
  readonly id: number;
  readonly number: number;
  readonly failures: number;
  readonly lost_before: boolean;
}

/** What a lease renewal tells: how the object stands now. */
export interface Renewal {
  readonly version: number;
  readonly generation: number;
  readonly deleted: boolean;
  readonly resting: boolean;
}

/** Prolong the lease. Undefined: the attempt holds the object no longer. */
export async function renewLease(
  database: Database,
  fence: Fence,
  leaseMs: number,
): Promise<Renewal | undefined> {
  const [row] = await database.query<Renewal>('select * from renew_lease($1, $2, $3, $4)', [
    fence.id,
    fence.token,
    fence.attempt,
    leaseMs,
  ]);
  return row;
}

/** Store feedback in the middle of an attempt. False: it holds the object no longer; the value is kept with it. */
export async function recordFeedback(database: Database, fence: Fence, feedback: object): Promise<boolean> {
  const [row] = await database.query<{ stored: boolean }>(
    'select record_feedback($1, $2, $3, $4) as stored',
    [fence.id, fence.token, fence.attempt, JSON.stringify(feedback)],
  );
  return row?.stored ?? false;
}

/** `again`: there is more to do. `stale`: another attempt holds the object; nothing was recorded. */
export type Recorded = 'done' | 'again' | 'stale';

/** What an attempt leaves behind besides its outcome. */
export interface Traces {
  /** What the step looked at. */
  readonly reads?: Reads;
  /** An excerpt of what it logged. */
  readonly log?: string | null;
}

/** Record success and feedback, and wake whoever waited. */
export function recordSynced(
  database: Database,
  fence: Fence,
  done: {
    readonly loaded: Loaded;
    readonly feedback: object;
    readonly summary: string | null;
  } & Traces,
): Promise<Recorded> {
  const { loaded, feedback, summary } = done;
  const values = [loaded.generation, JSON.stringify(feedback), loaded.used, summary];
  return record(database, fence, 'record_synced', values, done);
}

/** Record that an object was pretended; its generation is not enacted by that. */
export function recordPretended(
  database: Database,
  fence: Fence,
  done: { readonly loaded: Pick<Loaded, 'generation'>; readonly summary: string | null } & Traces,
): Promise<Recorded> {
  const { loaded, summary } = done;
  return record(database, fence, 'record_pretended', [loaded.generation, summary], done);
}

/** Record that the back end has confirmed the deletion; the row goes when nothing links to it. */
export function recordDeleted(
  database: Database,
  fence: Fence,
  done: { readonly loaded: Pick<Loaded, 'generation'>; readonly summary: string | null } & Pick<
    Traces,
    'log'
  >,
): Promise<Recorded> {
  const { loaded, summary } = done;
  return record(database, fence, 'record_deleted', [loaded.generation, summary], done);
}

/** How an attempt ended that did not succeed. */
export interface Unfinished {
  readonly status: Exclude<OutcomeStatus, 'synced' | 'pretended'>;
  readonly code: string | null;
  /** The whole text, kept with the attempt. */
  readonly text: string;
  /** What is shown of the object: at most 1,024 characters. */
  readonly shown: string;
  /** When to try again; null: when something else happens. @format milliseconds */
  readonly delayMs: number | null;
  /** A line for people; the recap of a playbook. */
  readonly summary?: string | null;
  /** It did nothing to the back end: what was not there before is not there now. @default false: it may have */
  readonly isUntouched?: boolean;
}

/** Record an attempt that did not succeed. */
export function recordUnfinished(
  database: Database,
  fence: Fence,
  of: Pick<Loaded, 'version' | 'generation'>,
  end: Unfinished,
  traces: Traces = {},
): Promise<Recorded> {
  const { status, code, text, shown, delayMs, summary = null, isUntouched = false } = end;
  const values = [of.version, of.generation, status, code, text, shown, delayMs, summary, !isUntouched];
  return record(database, fence, 'record_unfinished', values, traces);
}

/** Outcome, reads and log in one statement, so that all of it costs one trip: each step waits for what the one before says. */
async function record(
  database: Database,
  { id, token, attempt }: Fence,
  outcome: 'record_synced' | 'record_pretended' | 'record_deleted' | 'record_unfinished',
  values: readonly unknown[],
  { reads, log = null }: Traces,
): Promise<Recorded> {
  const all = [id, token, attempt, ...values];
  const next = all.length + 1;
  const [row] = await database.repeat<{ answer: Recorded }>(
    outcome,
    `with recorded as materialized (select ${outcome}(${all.map((_, index) => `$${index + 1}`).join(', ')}) as answer)
     select answer,
            case when answer <> 'stale' and $${next}::jsonb is not null
                 then store_reads($1, 'step', $${next}::jsonb, $${next + 1}::jsonb) end,
            case when $${next + 2}::text is not null then keep_log($1, $2, $3, $${next + 2}::text) end
       from recorded`,
    [...all, jsonOf(reads?.fields), jsonOf(reads?.searches), log],
  );
  return row?.answer ?? 'stale';
}

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** Keep what an attempt has logged, whatever came of it. */
export async function keepLog(
  tx: Queryable,
  { id, token, attempt }: Fence,
  log: string | null = null,
): Promise<void> {
  if (log !== null) await tx.query('select keep_log($1, $2, $3, $4)', [id, token, attempt, log]);
}

/**
 * Give an attempt back that has done nothing: something else is due.
 *
 * @param delayMs put the object off by this
 */
export async function abandonAttempt(
  database: Database,
  fence: Fence,
  delayMs: number | null = null,
): Promise<void> {
  await database.query('select abandon_attempt($1, $2, $3, $4)', [
    fence.id,
    fence.token,
    fence.attempt,
    delayMs,
  ]);
}
