import type { Attributes } from '../define/index.ts';
import { PlaybookError } from './playbook-error.ts';

/** Deeper than this is a mistake, such as an object that contains itself. */
const MAX_DEPTH = 64;

/** A string that Ansible takes for what it is, and never for a template. */
export interface Unsafe {
  readonly __ansible_unsafe: string;
}

export type Data = Unsafe | number | boolean | null | readonly Data[] | { readonly [key: string]: Data };

/**
 * Turn variables into the one form of extra-vars that Ansible neither evaluates nor reinterprets.
 *
 * A plain string such as `{{ lookup('pipe', …) }}` would run on this machine. YAML's `!unsafe` prevents that, but
 * turns "0123" into a number. What is undefined is left out, so that `default()` in the playbook applies.
 *
 * @throws {PlaybookError} E_PLAYBOOK_VARIABLES naming every value that cannot be passed
 */
export function asData(variables: Attributes): Record<string, Data> {
  const faults: string[] = [];
  const entries: [string, Data][] = [];
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    const fault = nameFault(name);
    if (fault === undefined) entries.push([name, convert(value, name, 0, faults)]);
    else faults.push(fault);
  }
  if (faults.length > 0) {
    throw new PlaybookError(
      'E_PLAYBOOK_VARIABLES',
      `variables cannot be passed to the playbook: ${faults.join('; ')}`,
    );
  }
  return Object.fromEntries(entries);
}

/** Mark a string as data. */
export function unsafe(text: string): Unsafe {
  return { __ansible_unsafe: text };
}

function convert(value: unknown, path: string, depth: number, faults: string[]): Data {
  if (depth > MAX_DEPTH)
    return fault(`${path.slice(0, 80)}… is nested deeper than ${MAX_DEPTH} levels`, faults);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (value.isWellFormed()) return unsafe(value);
    return fault(`${path} holds half of a surrogate pair, which is no text`, faults);
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : fault(`${path} is ${value}, which JSON does not have`, faults);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => convert(item ?? null, `${path}[${index}]`, depth + 1, faults));
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(
      entries.map(([key, item]): [string, Data] => {
        const problem = keyFault(key, path);
        if (problem !== undefined) return [key, fault(problem, faults)];
        return [key, convert(item, `${path}.${key}`, depth + 1, faults)];
      }),
    );
  }
  return fault(`${path} is a ${kindOf(value)}, not JSON`, faults);
}

function fault(text: string, faults: string[]): null {
  faults.push(text);
  return null;
}

function keyFault(key: string, path: string): string | undefined {
  // Ansible would take the mapping for one of its own encoded values.
  if (key.startsWith('__ansible_')) return `${path} has the key «${key}», which is Ansible's own`;
  if (!key.isWellFormed()) return `${path} has a key that is no text`;
  return undefined;
}

function nameFault(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `«${name}» is no name for a variable`;
  // Extra-vars win over everything: `ansible_python_interpreter` would choose what runs.
  if (name.startsWith('ansible_') || name.startsWith('__ansible_')) return `${name} is Ansible's own name`;
  if (TAKEN.has(name)) return `${name} is a name that Ansible gives a meaning`;
  if (OURS.has(name)) return `${name} is a name that Accord gives a meaning`;
  return undefined;
}

/** Names that the play, the template language or Python would lose when a variable takes them. */
const TAKEN = new Set(
  `groups group_names hostvars inventory_dir inventory_file inventory_hostname
  inventory_hostname_short omit play_hosts playbook_dir role_name role_names role_path role_uuid parent_role_names
  parent_role_paths vars lookup query q now undef range dict lipsum cycler joiner namespace self loop item
  true false none True False None and as assert async await break class continue def del elif else except finally
  for from global if import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
);

/** `delete` tells a playbook to remove what it made; `accord_values` are the values of a templated one. */
const OURS = new Set(['delete', 'accord_values']);

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
