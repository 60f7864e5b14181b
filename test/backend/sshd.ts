import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { freePort } from '../../platform/ports.ts';
import { until } from './processes.ts';

const SSHD = '/usr/sbin/sshd';

/** Find sshd, or install it where that is allowed. Tells why there is none. */
export async function provideSshd(): Promise<string | undefined> {
  if (await isThere(SSHD)) return undefined;
  if (process.getuid?.() !== 0) return 'openssh-server is not installed, and only root could install it';
  const install = ['install', '-y', '--no-install-recommends', 'openssh-server'];
  // Without its service: nothing listens but what a test starts.
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { failed } = await execa('apt-get', install, { env, reject: false });
  return failed || !(await isThere(SSHD)) ? 'openssh-server could not be installed' : undefined;
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** A real sshd on the loopback interface, with keys of its own, for this user. Ends with the test. */
export interface Sshd {
  readonly port: number;
  readonly pid: number;
  readonly user: string;
  /** What it shows, as in known_hosts. */
  readonly hostKey: string;
  /** The file of a private key that it accepts. */
  readonly key: string;
}

export async function startSshd(): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'accord-sshd-'));
  await createKey(join(folder, 'host'));
  await createKey(join(folder, 'user'));
  const port = await freePort();
  const config = `
Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(folder, 'host')}
AuthorizedKeysFile ${join(folder, 'user.pub')}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
Subsystem sftp internal-sftp
`;
  await writeFile(join(folder, 'config'), config);
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const child = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'config')], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  await until('sshd listens', () => listens(port));
  const hostKey = (await readFile(join(folder, 'host.pub'), 'utf8')).trim();
  return { port, pid: child.pid ?? 0, user: userInfo().username, hostKey, key: join(folder, 'user') };
}

/** An agent that has the key of this file, and no other. Tells its socket; ends with the test. */
export async function startAgent(folder: string, key: string): Promise<string> {
  const socket = join(folder, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until('the agent listens', () => isThere(socket));
  await execa('ssh-add', [key], { env: { SSH_AUTH_SOCK: socket } });
  return socket;
}

export async function createKey(file: string): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return (await readFile(`${file}.pub`, 'utf8')).trim();
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
