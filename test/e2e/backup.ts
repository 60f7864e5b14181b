import { appendFile, chown, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';

/** Copy a cluster while it runs, as pg_basebackup does, with what its log of writes has until then. */
export async function backUp(databaseUrl: string, cluster: string, to: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("select pg_backup_start('test', true)");
    // Files that go away meanwhile are no loss: that is what the log is for.
    await execa('cp', ['-a', cluster, to], { reject: false });
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await rm(join(to, 'pg_wal'), { recursive: true });
    await execa('cp', ['-a', join(cluster, 'pg_wal'), to], { reject: false });
    await rm(join(to, 'postmaster.pid'), { force: true });
    await own(to, 'backup_label', rows[0]?.labelfile ?? '');
  } finally {
    await client.end();
  }
}

/** Put a copy in the place of a cluster that is stopped. */
export async function restore(cluster: string, from: string): Promise<void> {
  await rename(cluster, `${cluster}.lost-${Date.now()}`);
  await rename(from, cluster);
}

/** Have it recovered as a backup is, on a timeline of its own. */
export async function recoverAnew(cluster: string): Promise<void> {
  const settings = [
    "restore_command = 'false'",
    "recovery_target = 'immediate'",
    "recovery_target_action = 'promote'",
  ];
  await appendFile(join(cluster, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  await own(cluster, 'recovery.signal', '');
}

/** A file that belongs to whom the cluster belongs to. */
async function own(cluster: string, name: string, text: string): Promise<void> {
  const { uid, gid } = await stat(cluster);
  await writeFile(join(cluster, name), text);
  await chown(join(cluster, name), uid, gid);
}
