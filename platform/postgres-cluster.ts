import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { PlatformError } from './error.ts';
import type { PostgresHome } from './postgres-home.ts';

/** Both the superuser and the database that Accord uses in its own Postgres. */
export const ACCORD = 'accord';
const ORPHAN_TIMEOUT_MS = 3_000;
const STOPPING_TIMEOUT_MS = 30_000;

/** PG* variables of the caller are not for this server. */
export const POSTGRES_ENVIRONMENT = { LC_ALL: 'C', PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

export interface Cluster {
  /** Postgres's own folder. */
  cluster: string;
  password: string;
}

/**
 * Make a cluster that no server holds: create it when there is none, and clear up after a server that was killed.
 *
 * @param durable false: creating it need not survive a power cut
 */
export async function ensureCluster(home: PostgresHome, durable: boolean): Promise<Cluster> {
  const cluster = join(home.folder, 'cluster');
  const password = await ensurePassword(home);
  if (!existsSync(join(cluster, 'PG_VERSION'))) await createCluster(home, cluster, durable);
  await clearStalePid(cluster);
  return { cluster, password };
}

async function ensurePassword({ folder, user }: PostgresHome): Promise<string> {
  const file = join(folder, 'password');
  if (!existsSync(file)) {
    // Whole or absent, whenever we are killed.
    const partial = `${file}.${process.pid}`;
    await writeFile(partial, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (user !== undefined) await chown(partial, user.uid, user.gid);
    await rename(partial, file);
  }
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `${file} belongs to another user: remove ${folder}, or go on as that user`;
    throw new PlatformError('E_POSTGRES', message, { cause });
  }
}

async function createCluster(
  { installation, folder, user }: PostgresHome,
  cluster: string,
  durable: boolean,
): Promise<void> {
  const partial = `${cluster}.new`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  if (user !== undefined) await chown(partial, user.uid, user.gid);
  const args = [
    ...['-D', partial, '-U', ACCORD, '--pwfile', join(folder, 'password'), '--auth', 'scram-sha-256'],
    // The same order of text on every machine.
    ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
    ...(durable ? [] : ['--no-sync']),
  ];
  const initdb = await execa(join(installation, 'bin', 'initdb'), args, {
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    cwd: '/',
    env: POSTGRES_ENVIRONMENT,
    extendEnv: false,
    reject: false,
  });
  if (initdb.exitCode !== 0) {
    throw new PlatformError('E_POSTGRES', `initdb failed in ${folder}: ${initdb.stderr.trim()}`);
  }
  await rename(partial, cluster);
}

/**
 * Remove the pid file of a server that was killed, when its pid means something else by now: Postgres itself only
 * does so when nothing runs under that pid.
 */
async function clearStalePid(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  // Its eighth line is the server's state, in a word.
  const lines = async (): Promise<string[]> => (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number((await lines())[0]);
  if (!(pid > 0)) return;
  const began = Date.now();
  while (await isRunning(pid, cluster)) {
    // Its owner may have been killed a moment ago, and then it is ending: a last checkpoint may take a while.
    const isStopping = (await lines())[7]?.startsWith('stopping') === true;
    if (Date.now() - began > (isStopping ? STOPPING_TIMEOUT_MS : ORPHAN_TIMEOUT_MS)) {
      const message = `Postgres in ${cluster} is already running (pid ${pid}): end the Accord that started it first`;
      throw new PlatformError('E_POSTGRES', message);
    }
    await pause(100);
  }
  await rm(file, { force: true });
}

async function isRunning(pid: number, cluster: string): Promise<boolean> {
  // Small containers have no ps; macOS has no /proc.
  const commandLine =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      : (await execa('ps', ['-o', 'args=', '-p', String(pid)], { reject: false })).stdout;
  return commandLine.includes(cluster);
}
