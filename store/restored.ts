import type { Queryable } from './database.ts';
import { StoreUnavailable } from './errors.ts';

/** The database is not the one that this installation last ran on: it was restored, or copied. */
export class RestoredError extends Error {
  override readonly name = 'RestoredError';
  readonly code = 'E_RESTORED';

  constructor(address: string) {
    super(
      `Postgres at ${address} was restored from a backup, or is a copy: it may hand out ids and generations that the ` +
        'back ends know already, so nothing is done; run `accord doctor --repair` once it is the one to go on with',
    );
  }
}

/** Which Postgres this is, and how far it has come. */
export interface Identity {
  readonly system: string;
  readonly timeline: number;
  /** What it has written so far, in bytes: never less than before, but in a copy of the past. */
  readonly written: number;
  readonly at: Date;
}

interface Stored {
  readonly system: string;
  readonly timeline: number;
  readonly repaired_at?: string | null;
}

/**
 * The timeline is that of what is being written: a promoted replica's control file names the one before until its next
 * checkpoint.
 */
const WHO = `select (pg_control_system()).system_identifier::text as system, clock_timestamp() as at,
  to_regclass('accord.installation') is not null as "isInstalled",
  case when not pg_is_in_recovery()
       then ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::integer end as timeline,
  case when not pg_is_in_recovery() then (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint::text end as written`;

interface Who extends Pick<Identity, 'system' | 'at'> {
  readonly isInstalled: boolean;
  /** Null while it recovers, and on a replica. */
  readonly timeline: number | null;
  readonly written: string | null;
}

/** Ask a Postgres who it is. @throws {StoreUnavailable} while nothing can be written to it */
export async function identityOf(queryable: Queryable, address: string): Promise<Identity> {
  return (await ask(queryable, address)).is;
}

/**
 * See to it that each connection leads to the database that the installation last ran on (design 3.10).
 *
 * System and timeline tell it, whenever a process looks. A copy of the data folder has the same ones, but to who has
 * seen it further: a process that lives on while its Postgres is replaced. A dump that was loaded into the same cluster
 * shows in none of these: then `repair` is for people to remember.
 *
 * @returns what throws {@link RestoredError}
 */
export function admission(address: string): (connection: Queryable) => Promise<void> {
  let last: Identity | undefined;
  /** The repair that was the last one when it was refused: any other came after that, whatever the clocks say. */
  let refusedAfter: string | null | undefined;
  return async (connection) => {
    // Of before the question: several may be asked at once, and their answers come in any order.
    const before = last;
    const { is, stored } = await ask(connection, address);
    if (stored === undefined) return;
    const { repaired_at = null } = stored;
    const wasRepaired =
      before !== undefined &&
      repaired_at !== null &&
      (new Date(repaired_at) > before.at || (refusedAfter !== undefined && repaired_at !== refusedAfter));
    const isPast = before !== undefined && is.written < before.written && !wasRepaired;
    if (isPast || isOther(is, stored)) {
      refusedAfter ??= repaired_at;
      throw new RestoredError(address);
    }
    refusedAfter = undefined;
    last = is;
  };
}

/** Look once. @throws {RestoredError} */
export async function refuseOther(queryable: Queryable, address: string): Promise<void> {
  const { is, stored } = await ask(queryable, address);
  if (stored !== undefined && isOther(is, stored)) throw new RestoredError(address);
}

/** Write down which database the installation runs on, when it is the first. @throws {RestoredError} when it is another */
export async function refuseRestored(queryable: Queryable, address: string): Promise<void> {
  const { system, timeline } = await identityOf(queryable, address);
  await queryable.query(
    'insert into accord.installation (system, timeline) values ($1, $2) on conflict (id) do nothing',
    [system, timeline],
  );
  await refuseOther(queryable, address);
}

const isOther = (is: Identity, stored: Stored): boolean =>
  stored.system !== is.system || stored.timeline !== is.timeline;

async function ask(
  queryable: Queryable,
  address: string,
): Promise<{ readonly is: Identity; readonly stored: Stored | undefined }> {
  const [who] = await queryable.query<Who>(WHO);
  if (who === undefined || who.timeline === null)
    throw new StoreUnavailable(
      address,
      new Error('it recovers, or is a replica: nothing can be written to it'),
    );
  const { system, timeline, written, at, isInstalled } = who;
  const is = { system, timeline, written: Number(written), at };
  if (!isInstalled) return { is, stored: undefined };
  // As JSON: this looks before the schema is brought up to date, and a column may not be there yet.
  const [stored] = await queryable.query<{ row: Stored }>(
    'select to_jsonb(i) as row from accord.installation i',
  );
  return { is, stored: stored?.row };
}
