import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load, YAMLException } from 'js-yaml';
import {
  address,
  attempt,
  choice,
  flag,
  integer,
  keys,
  limits,
  number,
  text,
  Unfit,
  words,
  type Address,
  type Parse,
} from './config-values.ts';
import { ConfigError, type Environment } from './config.ts';
import { nearest } from './model/suggest.ts';

/** What the folder of a synchronizer says in its `accord.yaml`. Each key was `observer_<key>` in XOS. */
export interface SynchronizerConfig {
  /** Names the synchronizer and its task queue. Required, and given here only. */
  readonly name: string;
  /** Its author's number for its models and code: workers of an older one are refused. */
  readonly version: number;
  /** Writes are accepted and kept, nothing is relayed until it is enabled. */
  readonly disabled: boolean;
  /** Where modules are loaded from, when `synchronizer.ts` does not list them. */
  readonly stepsDir: string;
  readonly modelPoliciesDir: string;
  readonly watchersDir: string;
  /** What playbooks were run with is kept here. `<name>` stands for the synchronizer's; relative to where it runs. */
  readonly sysDir: string;
  /** For how long that of deleted objects is kept, as `<entry>.deleted`. */
  readonly sysKeepDeletedHours: number;
  /** Do everything but touch the back end. */
  readonly pretend: boolean;
  /** Jump host for instance steps. */
  readonly proxySsh: ProxySsh | undefined;
  /** xproto packages that the synchronizer uses. */
  readonly applist: readonly string[];
  readonly dependencyGraph: string | undefined;
  /** Retry at a constant interval. In XOS this was true by default. */
  readonly backoffDisabled: boolean;
  /** Deliver events to watchers. Without, none are kept either. */
  readonly enableWatchers: boolean;
  readonly logstashHostport: Address | undefined;
  readonly logFile: string | undefined;
  readonly ansible: AnsibleSettings;
  /** By the name that `backend()` of a step gives: most attempts at once, and per second, over all workers. */
  readonly limits: ReadonlyMap<string, { readonly concurrency?: number; readonly perSecond?: number }>;
}

/** How playbooks are run. */
export interface AnsibleSettings {
  /** `warm`: Ansible is imported once per worker, and forked for each run. @default 'warm' */
  readonly dispatcher?: 'warm' | 'cold';
  /** Most playbooks that a worker runs at once. @default by cores and memory */
  readonly forks?: number;
}

/** The machine by which the Instances of instance steps are reached. */
export interface ProxySsh {
  /** @default the Node of the Instance, by its name */
  readonly host?: string;
  /** @default 22 */
  readonly port?: number;
  /** @default 'root' */
  readonly user?: string;
  /** File of its private key, relative to the synchronizer's folder. @default the agent's keys */
  readonly key?: string;
  /** The keys that it may show, as in known_hosts: `ssh-ed25519 AAAA…`. @default those that the Node's `host_keys` says */
  readonly host_keys?: readonly string[];
}

interface Key<T> {
  readonly default: T;
  readonly parse: Parse<T>;
}

const KEYS: { readonly [K in keyof SynchronizerConfig]: Key<SynchronizerConfig[K]> } = {
  name: { default: '', parse: identifier },
  version: { default: 0, parse: integer(0, Number.MAX_SAFE_INTEGER) },
  disabled: { default: false, parse: flag },
  stepsDir: { default: 'steps', parse: text },
  modelPoliciesDir: { default: 'policies', parse: text },
  watchersDir: { default: 'watchers', parse: text },
  sysDir: { default: '.accord/sys/<name>', parse: text },
  sysKeepDeletedHours: { default: 0, parse: number(0, 87_600) },
  pretend: { default: false, parse: flag },
  proxySsh: {
    default: undefined,
    parse: keys<ProxySsh>({
      host: text,
      port: integer(1, 65_535),
      user: text,
      key: text,
      host_keys: lines,
    }),
  },
  applist: { default: ['core'], parse: words },
  dependencyGraph: { default: undefined, parse: text },
  backoffDisabled: { default: false, parse: flag },
  enableWatchers: { default: true, parse: flag },
  logstashHostport: { default: undefined, parse: address },
  logFile: { default: undefined, parse: text },
  ansible: {
    default: {},
    parse: keys<AnsibleSettings>({ dispatcher: choice('warm', 'cold'), forks: integer(1, 1000) }),
  },
  limits: { default: new Map(), parse: limits },
};

interface Source {
  /** How the file is called in messages. */
  readonly file: string;
  readonly environment: Environment;
  /** One synchronizer is loaded, so that `ACCORD_<KEY>` and `observer_<key>` can mean no other. */
  readonly alone: boolean;
}

/**
 * Read `accord.yaml` of a synchronizer's folder, with what the environment says instead.
 *
 * From the strongest: `ACCORD_<NAME>_<KEY>`; `ACCORD_<KEY>`, then `observer_<key>`, when `alone`; the key in the file, by
 * its name or its old one; the default.
 *
 * @throws {ConfigError} naming every fault of the file at once
 */
export async function readSynchronizerConfig(
  folder: string,
  options: { readonly environment?: Environment; readonly alone?: boolean } = {},
): Promise<SynchronizerConfig> {
  const file = join(folder, 'accord.yaml');
  const written = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ConfigError([`${file} cannot be read: ${reasonOf(error)}`]);
  });
  const { environment = process.env, alone = true } = options;
  return parseSynchronizerConfig(written, { file, environment, alone });
}

/** The same for the text of such a file. */
export function parseSynchronizerConfig(written: string, source: Source): SynchronizerConfig {
  const settings = settingsOf(written, source).map(({ property, value }) => [property, value]);
  return Object.fromEntries(settings) as SynchronizerConfig;
}

/** A setting with where its value comes from: a variable of the environment, a key of the file, or `default`. */
export interface Setting {
  readonly property: string;
  /** As accord.yaml spells it. */
  readonly key: string;
  readonly value: unknown;
  readonly from: string;
}

/** Work out every setting of the text of an accord.yaml; in the order of the documentation. */
export function settingsOf(written: string, source: Source): Setting[] {
  const faults: string[] = [];
  const inFile = keysOf(written, source.file, faults);
  const name = attempt(`${source.file}: name`, identifier, inFile.get('name'), faults) ?? '';
  const settings = Object.entries(KEYS as Record<string, Key<unknown>>).map(
    ([property, { default: usual, parse }]) => {
      const key = snakeCase(property);
      const setting = (value: unknown, from: string): Setting => {
        const isPath = property === 'sysDir' && typeof value === 'string';
        return { property, key, value: isPath ? value.replaceAll('<name>', name) : value, from };
      };
      const place = `${source.file}: ${key}`;
      if (key === 'name') return setting(name, place);
      const [from, raw] = fromEnvironment(key, name, source) ?? [place, inFile.get(key)];
      // Null is a key without a value; false is a value.
      if (raw === undefined || raw === null) return setting(usual, 'default');
      return setting(attempt(from, parse, raw, faults), from);
    },
  );
  if (faults.length > 0) throw new ConfigError(faults);
  return settings;
}

/** The keys of the file by their present names; unknown ones and those given twice are faults. */
function keysOf(written: string, file: string, faults: string[]): Map<string, unknown> {
  const known = Object.keys(KEYS).map(snakeCase);
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(parseYaml(written, file, faults))) {
    const present = key.replace(/^observer_/, '');
    if (!known.includes(present)) faults.push(`${file}: unknown key ${key}${didYouMean(present, known)}`);
    else if (found.has(present)) faults.push(`${file}: ${present} is given twice, under its old name too`);
    else found.set(present, value);
  }
  return found;
}

function parseYaml(written: string, file: string, faults: string[]): Record<string, unknown> {
  try {
    // An empty file has no document; it is a mapping without keys.
    const parsed = written.replaceAll(/^\s*(#.*)?$/gm, '') === '' ? {} : load(written);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
    faults.push(`${file}: must be a mapping of keys to values`);
  } catch (error) {
    const line = error instanceof YAMLException && error.mark ? `:${error.mark.line + 1}` : '';
    faults.push(
      `${file}${line}: not YAML: ${error instanceof YAMLException ? error.reason : reasonOf(error)}`,
    );
  }
  return {};
}

function fromEnvironment(
  key: string,
  name: string,
  source: Source,
): [place: string, raw: string] | undefined {
  const mine = `ACCORD_${name.replaceAll('-', '_')}_${key}`.toUpperCase();
  const names = [mine, ...(source.alone ? unnamed(key) : [])];
  const place = names.find((one) => (source.environment[one] ?? '') !== '');
  return place === undefined ? undefined : [place, source.environment[place] ?? ''];
}

/** Variables that do not say which synchronizer they mean. */
const unnamed = (key: string): readonly string[] => [`ACCORD_${key}`.toUpperCase(), `observer_${key}`];

/** The environment of a process that loads one of several synchronizers: what could mean any of them means none. */
export function amongOthers(environment: Environment): Environment {
  const left = new Set(Object.keys(KEYS).flatMap((property) => unnamed(snakeCase(property))));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !left.has(name)));
}

/** A text of lines, or a list of them. */
function lines(raw: unknown): readonly string[] {
  const parts = (one: unknown): unknown => (typeof one === 'string' ? one.trim().split(/\s*\n\s*/) : one);
  return [raw].flat().flatMap(parts).map(text);
}

function identifier(raw: unknown): string {
  if (typeof raw === 'string' && /^[a-z][a-z0-9_-]{0,62}$/i.test(raw)) return raw;
  throw new Unfit('must be given: letters, digits, - and _, beginning with a letter');
}

function didYouMean(name: string, known: readonly string[]): string {
  const suggestion = nearest(name, known);
  return suggestion === undefined ? `; known are ${known.join(', ')}` : `; did you mean ${suggestion}?`;
}

function snakeCase(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
