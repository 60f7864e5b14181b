import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { PlatformError } from './error.ts';

/** An unprivileged user of the operating system. */
export interface OsUser {
  name: string;
  uid: number;
  gid: number;
}

const NAME = 'accord';
const CREATORS: readonly (readonly [string, ...string[]])[] = [
  [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/bin/false',
  ],
  // Alpine and other systems with BusyBox
  ['adduser', '-S', '-D', '-H', '-h', '/nonexistent', '-s', '/bin/false'],
];

/** Find the user that runs Postgres for root; make it when there is none. */
export async function databaseUser(): Promise<OsUser> {
  // Two first starts race for the system's user table: whoever loses finds the user on its next look.
  for (let attempt = 0; attempt < 10; attempt++) {
    const found = await lookUp();
    if (found !== undefined) return found;
    if (attempt > 0) await pause(200);
    for (const [command, ...args] of CREATORS) {
      const { exitCode } = await execa(command, [...args, NAME], { reject: false });
      if (exitCode === 0) break;
    }
  }
  throw new PlatformError(
    'E_POSTGRES',
    `Postgres refuses to run as root, and the user «${NAME}» could not be made: ` +
      `run useradd --system ${NAME}, or run Accord as a plain user, or set DATABASE_URL`,
  );
}

async function lookUp(): Promise<OsUser | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((flag) => execa('id', [flag, NAME], { reject: false })),
  );
  if (uid?.exitCode !== 0 || gid?.exitCode !== 0) return undefined;
  return { name: NAME, uid: Number(uid.stdout), gid: Number(gid.stdout) };
}
