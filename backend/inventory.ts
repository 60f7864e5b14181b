import { PlaybookError } from './playbook-error.ts';
import { unsafe } from './variables.ts';

/** The hosts of a run, each with its variables (`ansible_host`, `ansible_user`, …). */
export type Inventory = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/**
 * The inventory of a step that runs on this machine: one host, called as the playbook calls it.
 *
 * A playbook may say `hosts: localhost`, or name its object as in `hosts: "{{ instance_name }}"`, `connection: local`.
 * The interpreter is given, since looking for one would cost each run a second; pipelining saves a third of a task.
 */
export function localInventory(python: string, scratch: string, instanceName: unknown): Inventory {
  const here = { ansible_python_interpreter: python, ansible_remote_tmp: scratch, ansible_pipelining: true };
  if (instanceName === undefined || instanceName === 'localhost') {
    return { localhost: { ansible_connection: 'local', ...here } };
  }
  return { [checkedHost(instanceName)]: here };
}

/**
 * The text of an inventory file, for Ansible's YAML plugin, in which no value is evaluated.
 *
 * @throws {PlaybookError} E_PLAYBOOK_INVENTORY on a name that is a pattern, an option or an address of more hosts
 */
export function inventoryText(inventory: Inventory): string {
  const hosts = Object.entries(inventory).map(
    ([host, variables]) => [checkedHost(host), asData(variables)] as const,
  );
  return `${JSON.stringify({ all: { hosts: Object.fromEntries(hosts) } }, null, 2)}\n`;
}

function asData(variables: Inventory[string]): Record<string, unknown> {
  const entries = Object.entries(variables);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? unsafe(value) : value]),
  );
}

function checkedHost(host: unknown): string {
  // Of what a pattern, an option, a range or a path begins with or holds, nothing is allowed.
  if (typeof host === 'string' && /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(host))
    return host;
  throw new PlaybookError(
    'E_PLAYBOOK_INVENTORY',
    `«${String(host)}» is no name for a host: letters, digits, dots, hyphens and underscores only`,
  );
}
