import { copyFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inventory } from './inventory.ts';
import { checkTarget, type PrivateKey, type SshHost, type SshTarget } from './ssh-target.ts';

const KNOWN_HOSTS = 'known_hosts';
const CONFIG = 'ssh_config';
const JUMP = 'accord-jump-host';
/** The path of a socket ends here; ssh adds a hash and a random suffix of 57 characters. */
const LONGEST_CONTROL_FOLDER = 50;

/**
 * The files that ssh reads, by name: everything about the connection is there, nothing on command lines.
 *
 * A jump host is a `ProxyJump` to another section: no ProxyCommand is ever put together.
 */
export function sshFiles(target: SshTarget, runDir: string): Record<string, string> {
  checkTarget(target);
  const sections = [
    section(target.name, target, runDir, target.jump === undefined ? [] : [`ProxyJump ${JUMP}`]),
    ...(target.jump === undefined ? [] : [section(JUMP, target.jump, runDir, [])]),
  ];
  const known = [
    ...knownHosts(target.name, target),
    ...(target.jump === undefined ? [] : knownHosts(JUMP, target.jump)),
  ];
  return { [CONFIG]: sections.join('\n'), [KNOWN_HOSTS]: known.join('') };
}

function section(alias: string, host: SshHost, runDir: string, more: readonly string[]): string {
  const isKnown = (host.hostKeys ?? []).length > 0;
  const options = [
    `HostName ${host.address}`,
    `Port ${host.port ?? 22}`,
    // A playbook that names its user wins.
    `User ${host.user ?? 'ubuntu'}`,
    ...(host.key === undefined ? [] : [`IdentityFile "${keyFile(alias, runDir)}"`, 'IdentitiesOnly yes']),
    // Known under the name that we give it, whatever address it has today.
    `HostKeyAlias ${alias}`,
    'CheckHostIP no',
    `UserKnownHostsFile "${join(runDir, KNOWN_HOSTS)}"`,
    'GlobalKnownHostsFile /dev/null',
    `StrictHostKeyChecking ${host.trustOnFirstUse === true && !isKnown ? 'accept-new' : 'yes'}`,
    'HashKnownHosts no',
    'UpdateHostKeys no',
    'BatchMode yes',
    // A connection that was cut is noticed within a minute.
    'ServerAliveInterval 15',
    'ServerAliveCountMax 3',
    ...more,
  ];
  return `Host ${alias}\n${options.map((option) => `  ${option}\n`).join('')}`;
}

function knownHosts(alias: string, { hostKeys = [] }: SshHost): string[] {
  return hostKeys.map((key) => `${alias} ${key}\n`);
}

function keyFile(alias: string, runDir: string): string {
  return join(runDir, 'scratch', 'keys', alias);
}

/** Put the private keys where ssh reads them, readable by us only. They go with the scratch folder. */
export async function placeKeys(target: SshTarget, runDir: string): Promise<void> {
  const hosts = [[target.name, target.key] as const, [JUMP, target.jump?.key] as const];
  for (const [alias, key] of hosts) if (key !== undefined) await placeKey(keyFile(alias, runDir), key);
}

async function placeKey(file: string, key: PrivateKey): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  if ('file' in key) await copyFile(key.file, file);
  // ssh does not read a key whose last line has no end.
  else
    await writeFile(file, key.text.endsWith('\n') ? key.text : `${key.text}\n`, { flag: 'wx', mode: 0o600 });
  await chmod(file, 0o600);
}

/** The inventory of a run on the target. */
export function sshInventory({ name, user }: SshTarget, runDir: string): Inventory {
  const controls = join(runDir, 'scratch', 'cp');
  return {
    [name]: {
      ...(user === undefined ? {} : { ansible_user: user }),
      // Whatever else is configured, host keys are checked.
      ansible_host_key_checking: true,
      ansible_ssh_common_args: `-F "${join(runDir, CONFIG)}"`,
      // A master connection is shared by the tasks of one run, and ends with it: never by runs.
      ...(controls.length > LONGEST_CONTROL_FOLDER
        ? { ansible_ssh_args: '-C -o ControlMaster=no' }
        : { ansible_control_path_dir: controls }),
    },
  };
}

/** The keys that the target has shown, when they were not known before. */
export async function learnedHostKeys(target: SshTarget, runDir: string): Promise<string[]> {
  if (target.trustOnFirstUse !== true || (target.hostKeys ?? []).length > 0) return [];
  const lines = (await readFile(join(runDir, KNOWN_HOSTS), 'utf8')).split('\n');
  return lines
    .filter((line) => line.startsWith(`${target.name} `))
    .map((line) => line.slice(target.name.length + 1));
}
