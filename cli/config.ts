import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULTS, readConfig, type Config, type Environment } from '../config.ts';
import { ConfigError } from '../config.ts';
import { settingsOf, type Setting } from '../synchronizer-config.ts';
import { EXIT, UsageError } from './explain.ts';
import { maskUrl } from './mask-url.ts';
import { table, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

interface Line {
  readonly of: string;
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/**
 * Print the settings that hold, each with where it comes from: those of processes, and those of each synchronizer.
 *
 * Secrets are masked: the token, and the passwords of addresses.
 *
 * @throws {ConfigError} with every fault of all of them at once
 */
export async function showConfig(
  folders: readonly string[],
  { json }: { readonly json: boolean },
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<number> {
  const faults: string[] = [];
  const collect = async (work: () => Promise<Line[]> | Line[]): Promise<Line[]> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return [];
    }
  };
  const lines = [
    ...(await collect(() => ofProcess(environment))),
    ...(
      await Promise.all(
        folders.map((folder) => collect(() => ofFolder(folder, environment, folders.length === 1))),
      )
    ).flat(),
  ];
  if (faults.length > 0) throw new ConfigError(faults);
  terminal.out(json ? JSON.stringify(lines, null, 2) : table(COLUMNS, lines, terminal.width));
  return EXIT.ok;
}

const COLUMNS: readonly Column<Line>[] = [
  { title: 'OF', cell: ({ of }) => of },
  { title: 'KEY', cell: ({ key }) => key },
  { title: 'VALUE', cell: ({ value }) => value },
  { title: 'FROM', cell: ({ from }) => from },
];

function ofProcess(environment: Environment): Line[] {
  const config = readConfig(environment);
  return (Object.keys(DEFAULTS) as (keyof Config)[]).map((property) => {
    const variable = variableOf(property);
    const from = [variable, `${variable}_FILE`].find((name) => (environment[name] ?? '') !== '');
    const value = masked(property, shown(config[property]));
    return { of: 'processes', key: variable, value, from: from ?? 'default' };
  });
}

const URLS: readonly (keyof Config)[] = ['databaseUrl', 'temporalUi', 'publicUrl'];

function masked(property: keyof Config, value: string): string {
  if (value === '') return '';
  if (property === 'token') return '***';
  return URLS.includes(property) ? maskUrl(value) : value;
}

/** Three keep the names that their own programs give them. */
function variableOf(property: string): string {
  const spelled = property.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE'].includes(spelled)
    ? spelled
    : `ACCORD_${spelled}`;
}

async function ofFolder(folder: string, environment: Environment, alone: boolean): Promise<Line[]> {
  const file = join(folder, 'accord.yaml');
  const written = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`${folder} is no synchronizer: there is no ${file}`);
  });
  const settings = settingsOf(written, { file, environment, alone });
  const name = String(settings.find(({ key }) => key === 'name')?.value);
  return settings.map(({ key, value, from }: Setting) => ({ of: name, key, value: shown(value), from }));
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Map) return JSON.stringify(Object.fromEntries(value));
  if (isAddress(value)) return `${value.host}:${value.port}`;
  return JSON.stringify(value);
}

function isAddress(value: unknown): value is { readonly host: string; readonly port: number } {
  return typeof value === 'object' && value !== null && Object.keys(value).join() === 'host,port';
}
