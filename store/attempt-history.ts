import type { Ref } from '../model/definition.ts';
import type { AttemptKind } from './attempts.ts';
import type { Database } from './database.ts';
import type { OutcomeStatus } from './types.ts';

/** An attempt, as it is kept: the last twenty of each object. */
export interface StoredAttempt {
  /** Counts from 1, per object. */
  readonly number: number;
  readonly kind: AttemptKind;
  readonly generation: number | null;
  readonly worker: string;
  readonly started: Date;
  /** Null while it runs, or when its worker died. */
  readonly finished: Date | null;
  readonly outcome: OutcomeStatus | null;
  readonly code: string | null;
  /** Why it did not succeed, at length. */
  readonly text: string | null;
  readonly summary: string | null;
  /** What its playbook was run with is kept. */
  readonly hasBundle: boolean;
}

/** The same, with all that was said in it. */
export interface AttemptDetail extends StoredAttempt {
  /** What its code has logged. */
  readonly log: string | null;
  /** What its playbook printed. */
  readonly output: string | null;
}

const COLUMNS = `number, kind, generation, worker, started, finished, outcome, code, text, summary,
  bundle is not null as "hasBundle"`;

/** Read the attempts of an object, latest first, those before number `before`. */
export function readAttempts(
  database: Database,
  { id }: Ref,
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<StoredAttempt[]> {
  return database.query<StoredAttempt>(
    `select ${COLUMNS} from attempts where object_id = $1 and ($2::bigint is null or number < $2::bigint)
      order by number desc limit $3`,
    [id, before ?? null, limit],
  );
}

/** Read one attempt. Null when there is none of that number (any more). */
export async function readAttempt(
  database: Database,
  { id }: Ref,
  number: number,
): Promise<AttemptDetail | null> {
  const [attempt] = await database.query<AttemptDetail>(
    `select ${COLUMNS}, log, output from attempts where object_id = $1 and number = $2`,
    [id, number],
  );
  return attempt ?? null;
}

/** Read what an attempt ran, as it was kept. Null when nothing was. */
export async function readBundle(database: Database, { id }: Ref, number: number): Promise<object | null> {
  const [row] = await database.query<{ bundle: object | null }>(
    'select bundle from attempts where object_id = $1 and number = $2',
    [id, number],
  );
  return row?.bundle ?? null;
}
