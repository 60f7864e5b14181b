import type { Database } from './database.ts';
import { identityOf } from './restored.ts';

/** A jump that no installation makes by itself between two backups. */
const JUMP = 1_000_000;

/**
 * Go on with a database that was restored: nothing that it handed out after the backup is handed out again.
 *
 * One transaction: sequences, versions and generations jump; waits, leases that have lapsed and the outbox are
 * forgotten; every object is synchronized again, after whatever people ask for. Objects that were made after the backup
 * are unknown here: what stands for them in a back end is an orphan there.
 *
 * Processes may run meanwhile, as they do when a dump was loaded beside them: what they are doing keeps its lease.
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
    await tx.query('delete from places where until < clock_timestamp()');
    await tx.query(
      `update objects
          set policed = case when policed = version then policed + $1 else policed end,
              enacted = case when needs_nobody(model, no_policy) then generation + $1 else enacted end,
              version = version + $1, generation = generation + $1,
              lease_until = case when lease_until > clock_timestamp() then lease_until end,
              next_attempt_at = null, failures = 0`,
      [JUMP],
    );
    const told = await tx.query<{ object_id: number }>(
      `insert into outbox (object_id, reason, priority)
       select o.id, 'changed', 5 from objects o where has_work(o) returning object_id`,
    );
    // The errands that were in the outbox, anew.
    await tx.query("select tell_errand('deliver', name) from watchers");
    await tx.query("select tell_errand('select', name) from pollers");
    await tx.query(
      "select tell_errand('release', scope || ':' || name, until) from pauses where until is not null",
    );
    // In another cluster transactions are counted anew: what is ahead of them would be seen by nobody for long.
    await tx.query("update events set xid = '0' where xid > pg_current_xact_id()");
    await tx.query(`insert into events (kind, writer, detail) values ('repaired', 'doctor', $1)`, [
      JSON.stringify({ objects: told.length }),
    ]);
    const { system, timeline } = await identityOf(tx, database.address);
    await tx.query('update installation set system = $1, timeline = $2, repaired_at = clock_timestamp()', [
      system,
      timeline,
    ]);
    return told.length;
  });
}
