import { DeferredException } from '../define/index.ts';
import { PlaybookError } from './playbook-error.ts';

/** A key to log in with: a file of the synchronizer, or the text of a model's field. Absent: the agent's keys. */
export type PrivateKey = { readonly file: string } | { readonly text: string };

/** A machine that is reached over ssh. */
export interface SshHost {
  readonly address: string;
  /** @default 22 */
  readonly port?: number;
  readonly user?: string;
  readonly key?: PrivateKey;
  /** The keys that the machine may show, as in known_hosts: `ssh-ed25519 AAAA…`. */
  readonly hostKeys?: readonly string[];
  /** Believe the first key that the machine shows, when none is known. It is reported, to be recorded as feedback. */
  readonly trustOnFirstUse?: boolean;
}

/** The Instance that a playbook runs on. */
export interface SshTarget extends SshHost {
  /** What playbooks call it: `hosts: "{{ instance_name }}"`. */
  readonly name: string;
  /** Reached through this one (`proxy_ssh`). */
  readonly jump?: SshHost;
}

/**
 * Say what an Instance lacks before it can be reached.
 *
 * @param link the field that leads to it
 * @throws {DeferredException} while it is not there, has no name, or has no address
 */
export function reachable(
  link: string,
  instance: { readonly instance_name: string | null } | null,
  address: string | null | undefined,
): { name: string; address: string } {
  if (instance === null) throw new DeferredException(`waiting on ${link}`);
  const { instance_name: name } = instance;
  if (!name) throw new DeferredException(`waiting on ${link}.instance_name`);
  if (!address)
    throw new DeferredException(`waiting on its address: ${name} has neither an ip nor a port with one`);
  return { name, address };
}

/**
 * Check whatever gets near a command line or a configuration file of ssh.
 *
 * @throws {PlaybookError} E_PLAYBOOK_INVENTORY naming what is not allowed
 */
export function checkTarget(target: SshTarget): void {
  check('host name', target.name, /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/);
  checkHost(target);
  if (target.jump !== undefined) checkHost(target.jump);
}

function checkHost({ address, port = 22, user, key, hostKeys = [] }: SshHost): void {
  // Letters, digits, dots, colons: an IPv4 or IPv6 address, or a name. Nothing that begins an option or a token.
  check('address', address, /^[A-Za-z0-9:]([A-Za-z0-9:.-]{0,251}[A-Za-z0-9])?$/);
  if (user !== undefined) check('user', user, /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/);
  check('port', String(port), /^[1-9]\d{0,4}$/);
  if (key !== undefined && 'file' in key) check('path of a key', key.file, /^\/[^"%$\\\p{Cc}]+$/u);
  for (const hostKey of hostKeys) {
    check('host key', hostKey, /^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\p{Cc}]*)?$/u);
  }
}

function check(what: string, value: string, allowed: RegExp): void {
  if (allowed.test(value)) return;
  const shown = JSON.stringify(value.slice(0, 80));
  throw new PlaybookError('E_PLAYBOOK_INVENTORY', `${shown} cannot be the ${what} of an instance`);
}
