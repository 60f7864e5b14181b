import { readFileSync } from 'node:fs';
import {
  address,
  attempt,
  choice,
  integer,
  networks,
  number,
  password,
  text,
  url,
  words,
  type Address,
  type Parse,
  Unfit,
} from './config-values.ts';

/** What a process is told by its environment. */
export interface Config {
  /** Postgres, as a connection string. Without it `demo` and `up` bring their own; nothing else does. */
  readonly databaseUrl: string | undefined;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  /** Base address of the Temporal Web UI, for links to it. */
  readonly temporalUi: string | undefined;
  /** Base address under which people open the server, for links to its page from the Temporal Web UI. */
  readonly publicUrl: string | undefined;
  /** Where the server listens. Off loopback a token is required. */
  readonly bind: Address;
  /** Names, besides its own, under which the server may be addressed. */
  readonly allowedHosts: readonly string[];
  /** Addresses and networks of balancers, whose word on where a request comes from is taken. */
  readonly trustedProxies: readonly string[];
  /** What callers of the server must present, when set: 16 characters at least. */
  readonly token: string | undefined;
  /** Where a worker tells what Temporal's SDK measures, for Prometheus; nowhere when absent. */
  readonly metricsBind: Address | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Attempts that one worker runs at once. No step takes more than half of them. */
  readonly slots: number;
  /** How long an attempt holds its object without renewing. @format milliseconds */
  readonly leaseMs: number;
  /** How often an attempt renews its lease. @format milliseconds */
  readonly renewMs: number;
  /** How long Temporal waits for a sign of life of an attempt. @format milliseconds */
  readonly heartbeatMs: number;
  /** Constant delay after a DeferredException. @format milliseconds */
  readonly deferralMs: number;
  /** Delay after the first failure; each further one multiplies it. @format milliseconds */
  readonly retryInitialMs: number;
  readonly retryFactor: number;
  /** @format milliseconds */
  readonly retryMaxMs: number;
  /** How often the sweep looks for work that nobody does. @format milliseconds */
  readonly sweepMs: number;
  /** How long the server keeps events; for ever when absent. @format days */
  readonly eventsDays: number | undefined;
  /** How long a worker that was asked to stop waits for what is running. @format milliseconds */
  readonly shutdownMs: number;
}

/** What is so when the environment says nothing. */
export const DEFAULTS = {
  databaseUrl: undefined,
  temporalAddress: '127.0.0.1:7233',
  temporalNamespace: 'default',
  temporalUi: undefined,
  publicUrl: undefined,
  bind: { host: '127.0.0.1', port: 8000 },
  allowedHosts: [],
  trustedProxies: [],
  token: undefined,
  metricsBind: undefined,
  logLevel: 'info',
  slots: 20,
  leaseMs: 30_000,
  renewMs: 5_000,
  heartbeatMs: 30_000,
  deferralMs: 10_000,
  retryInitialMs: 5_000,
  retryFactor: 2,
  retryMaxMs: 600_000,
  sweepMs: 60_000,
  eventsDays: undefined,
  shutdownMs: 30_000,
} as const satisfies Config;

const DAY_MS = 86_400_000;
const milliseconds = integer(1, DAY_MS);

const VARIABLES: { readonly [K in keyof Config]: readonly [name: string, parse: Parse<Config[K]>] } = {
  databaseUrl: ['DATABASE_URL', url('postgres', 'postgresql')],
  temporalAddress: ['TEMPORAL_ADDRESS', text],
  temporalNamespace: ['TEMPORAL_NAMESPACE', text],
  temporalUi: ['ACCORD_TEMPORAL_UI', url('http', 'https')],
  publicUrl: ['ACCORD_PUBLIC_URL', url('http', 'https')],
  bind: ['ACCORD_BIND', address],
  allowedHosts: ['ACCORD_ALLOWED_HOSTS', words],
  trustedProxies: ['ACCORD_TRUSTED_PROXIES', networks],
  token: ['ACCORD_TOKEN', password],
  metricsBind: ['ACCORD_METRICS_BIND', address],
  logLevel: ['ACCORD_LOG_LEVEL', choice('trace', 'debug', 'info', 'warn', 'error', 'silent')],
  slots: ['ACCORD_SLOTS', integer(2, 10_000)],
  leaseMs: ['ACCORD_LEASE_MS', milliseconds],
  renewMs: ['ACCORD_RENEW_MS', milliseconds],
  heartbeatMs: ['ACCORD_HEARTBEAT_MS', milliseconds],
  deferralMs: ['ACCORD_DEFERRAL_MS', milliseconds],
  retryInitialMs: ['ACCORD_RETRY_INITIAL_MS', milliseconds],
  retryFactor: ['ACCORD_RETRY_FACTOR', number(1, 100)],
  retryMaxMs: ['ACCORD_RETRY_MAX_MS', milliseconds],
  sweepMs: ['ACCORD_SWEEP_MS', milliseconds],
  eventsDays: ['ACCORD_EVENTS_DAYS', integer(1, 36_500)],
  shutdownMs: ['ACCORD_SHUTDOWN_MS', milliseconds],
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is wrong. `faults` are sentences, each about one setting, all of them. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'E_CONFIG';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * Read the configuration of a process from its environment. An empty variable counts as not given; each may be given by
 * a file, which the same name with `_FILE` names.
 *
 * @throws {ConfigError} naming every fault at once, and no value that may be secret
 */
export function readConfig(environment: Environment = process.env): Config {
  const faults: string[] = [];
  const given = Object.entries(VARIABLES).flatMap(([key, [variable, parse]]) => {
    const raw = attempt(`${variable}_FILE`, () => givenOf(variable, environment), undefined, faults);
    return raw === undefined ? [] : [[key, attempt<unknown>(variable, parse, raw, faults)]];
  });
  const config: Config = { ...DEFAULTS, ...(Object.fromEntries(given) as Partial<Config>) };
  if (faults.length === 0) faults.push(...contradictions(config));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

/**
 * What the environment says of one variable, by itself or by a file, for whoever needs no other.
 *
 * @returns undefined when that is nothing
 * @throws {ConfigError} when the file cannot be taken
 */
export function givenIn(environment: Environment, variable: string): string | undefined {
  const faults: string[] = [];
  const given = attempt(`${variable}_FILE`, () => givenOf(variable, environment), undefined, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return given;
}

/** What the environment says: the variable itself, or the file that `<variable>_FILE` names, as secrets of containers are. */
function givenOf(variable: string, environment: Environment): string | undefined {
  const [itself = '', file = ''] = [environment[variable], environment[`${variable}_FILE`]];
  if (file === '') return itself === '' ? undefined : itself;
  if (itself !== '') throw new Unfit(`cannot be given together with ${variable}`);
  try {
    return text(readFileSync(file, 'utf8').trim());
  } catch (error) {
    throw new Unfit(
      `names ${file}, which cannot be taken: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The database of `config`; or a {@link ConfigError} that says how to name one. */
export function databaseUrlOf(config: Config): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  throw new ConfigError([
    'DATABASE_URL is not set: name a Postgres, as in postgres://accord@127.0.0.1:5432/accord, or use `accord up`, which brings one',
  ]);
}

/** Is `host` reachable from this machine alone? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function contradictions(config: Config): string[] {
  const faults: string[] = [];
  if (config.renewMs * 2 > config.leaseMs) {
    faults.push(
      'ACCORD_RENEW_MS must be at most half of ACCORD_LEASE_MS, or a lease ends while it is renewed',
    );
  }
  if (config.retryInitialMs > config.retryMaxMs) {
    faults.push('ACCORD_RETRY_INITIAL_MS must not be more than ACCORD_RETRY_MAX_MS');
  }
  return faults;
}
