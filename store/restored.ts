import type { Database } from './database.ts';

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

/** A jump that no installation makes by itself between two backups. */
const JUMP = 1_000_000;

interface Identity {
  readonly system: string;
  readonly timeline: number;
}

const WHO = `select (pg_control_system()).system_identifier::text as system,
                    (pg_control_checkpoint()).timeline_id as timeline`;

/**
 * Find out whether this is the database that the installation last ran on (design 3.10).
 *
 * A dump that was loaded into the same cluster shows in neither: then `repair` is for people to remember.
 *
 * @throws {RestoredError}
 */
export async function refuseRestored(database: Database): Promise<void> {
  const [is] = await database.query<Identity>(WHO);
  const [was] = await database.query<Identity>(
    `insert into installation (system, timeline) values ($1, $2) on conflict (id) do nothing returning system, timeline`,
    [is?.system, is?.timeline],
  );
  const [stored] =
    was === undefined ? await database.query<Identity>('select system, timeline from installation') : [was];
  if (stored?.system !== is?.system || stored?.timeline !== is?.timeline)
    throw new RestoredError(database.address);
}

/**
 * Go on with a database that was restored: nothing that it handed out after the backup is handed out again.
 *
 * One transaction: sequences, versions and generations jump; waits, leases and the outbox are forgotten; every
 * object is synchronized again, after whatever people ask for. Objects that were made after the backup are
 * unknown here: what stands for them in a back end is an orphan there.
 *
 * @returns how many objects will be synchronized again
 */
export async function repair(database: Database): Promise<number> {
  return database.transaction(async (tx) => {
    await tx.query('lock table objects, outbox, waits in exclusive mode');
    await tx.query(
      `select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 1) + $1)
         from pg_sequences where schemaname = 'accord'`,
      [JUMP],
    );
    await tx.query('delete from waits');
    await tx.query('delete from outbox');
    await tx.query('delete from places');
    await tx.query(
      `update objects
          set policed = case when policed = version then policed + $1 else policed end,
              enacted = case when needs_nobody(model, no_policy) then generation + $1 else enacted end,
              version = version + $1, generation = generation + $1,
              lease_until = null, next_attempt_at = null, failures = 0`,
      [JUMP],
    );
    const told = await tx.query<{ object_id: number }>(
      `insert into outbox (object_id, reason, priority)
       select o.id, 'changed', 5 from objects o where has_work(o) returning object_id`,
    );
    await tx.query("select tell_errand('deliver', name) from watchers");
    await tx.query(`insert into events (kind, writer, detail) values ('repaired', 'doctor', $1)`, [
      JSON.stringify({ objects: told.length }),
    ]);
    const [is] = await tx.query<Identity>(WHO);
    await tx.query('update installation set system = $1, timeline = $2', [is?.system, is?.timeline]);
    return told.length;
  });
}
