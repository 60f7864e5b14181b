import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import type { TemporalTarget } from '../client/temporal.ts';
import { ConfigError } from '../config.ts';
import { findAnsible } from './ansible.ts';
import { addressOf, type Queryable } from '../store/database.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { refuseOther, RestoredError } from '../store/restored.ts';
import { cacheFolder } from './cache.ts';
import { partsGiven, type Given } from './given.ts';
import { onPath } from './path.ts';
import { packagedPostgres } from './postgres-home.ts';
import { findPython, hasVenv, PYTHON_MISSING, VENV_MISSING } from './python.ts';
import { findTemporalBinary, GO_MISSING } from './temporal-binary.ts';
import { askTemporal } from './temporal.ts';

/** What is known of one part of the platform, without having changed anything. */
export interface Finding {
  part: string;
  /** `later`: absent, but provided at the first use. */
  status: 'found' | 'later' | 'missing';
  version?: string;
  where?: string;
  /** What is missing and what to do about it, or what will happen. */
  text?: string;
}

/** Look for all parts that Accord needs. Builds, installs and starts nothing. */
export async function survey(): Promise<Finding[]> {
  const given = settings();
  if ('faults' in given) {
    const wrong: Finding = { part: 'Settings', status: 'missing', text: given.faults };
    return [wrong, ...(await Promise.all([node(), ansible(), cache()]))];
  }
  return Promise.all([node(), postgres(given.databaseUrl), temporal(given.temporal), ansible(), cache()]);
}

/** What the environment names, or what is wrong with it: then nobody knows where to look. */
function settings(): Given | { faults: string } {
  try {
    return partsGiven();
  } catch (error) {
    if (error instanceof ConfigError) return { faults: error.faults.join('; ') };
    throw error;
  }
}

async function node(): Promise<Finding> {
  return { part: 'Node', status: 'found', version: process.versions.node, where: process.execPath };
}

async function postgres(given: string | undefined): Promise<Finding> {
  const part = 'Postgres';
  if (given !== undefined) return { part, ...(await askPostgres(given)) };
  try {
    const { root, version } = await packagedPostgres();
    return { part, status: 'found', version, where: root };
  } catch (error) {
    return { part, status: 'missing', text: messageOf(error) };
  }
}

async function askPostgres(url: string): Promise<Omit<Finding, 'part'>> {
  const where = `${placeOf(url)} (DATABASE_URL)`;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const version = rows[0]?.server_version ?? 'unknown';
    const text = await whatHappenedTo(client, url);
    return text === undefined
      ? { status: 'found', version, where }
      : { status: 'missing', version, where, text };
  } catch (error) {
    const text = `it does not answer (${messageOf(error)}): start it, or correct or unset DATABASE_URL`;
    return { status: 'missing', where, text };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Is it one that nothing may be done on, until somebody has looked? */
async function whatHappenedTo(client: pg.Client, url: string): Promise<string | undefined> {
  const queryable: Queryable = {
    query: async <Row extends object>(text: string) => (await client.query<Row>(text)).rows,
  };
  try {
    await refuseOther(queryable, addressOf(url));
    return undefined;
  } catch (error) {
    if (error instanceof RestoredError || error instanceof StoreUnavailable) return error.message;
    throw error;
  }
}

/** Without user and password. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host + new URL(url).pathname : 'an address that is no URL';
}

async function temporal(given: TemporalTarget | undefined): Promise<Finding> {
  const part = 'Temporal';
  if (given !== undefined) {
    const where = `${given.address} (TEMPORAL_ADDRESS)`;
    const answer = await askTemporal(given, 5_000);
    if (answer.isThere) return { part, status: 'found', version: answer.version, where };
    const text = `it does not answer (${answer.fault}): start it, or correct or unset TEMPORAL_ADDRESS`;
    return { part, status: 'missing', where, text };
  }
  const binary = await findTemporalBinary();
  if (binary !== undefined) {
    const { stdout } = await execa(binary.file, ['--version'], { reject: false });
    return { part, status: 'found', version: stdout.replace(/^temporal version /, ''), where: binary.file };
  }
  const go = await onPath('go');
  if (go === undefined) return { part, status: 'missing', text: GO_MISSING };
  const text = 'it is built once, at the first use, which takes about three minutes';
  return { part, status: 'later', where: go, text };
}

async function ansible(): Promise<Finding> {
  const part = 'Ansible';
  const found = await findAnsible();
  if (found !== undefined) return { part, status: 'found', version: found.version, where: found.playbook };
  const python = await findPython();
  if (python === undefined) return { part, status: 'missing', text: PYTHON_MISSING };
  if (!(await hasVenv(python))) return { part, status: 'missing', where: python.file, text: VENV_MISSING };
  const text = 'it is installed once, at the first use, which takes about ten seconds';
  return { part, status: 'later', where: python.file, text };
}

async function cache(): Promise<Finding> {
  const part = 'Cache';
  const where = cacheFolder();
  const isWritable = await nearestIsWritable(where);
  if (isWritable) return { part, status: 'found', where };
  const text = 'what is built and fetched cannot be kept there: make it writable, or set XDG_CACHE_HOME';
  return { part, status: 'missing', where, text };
}

/** Say whether a folder, or the nearest parent that exists, may be written to. */
async function nearestIsWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent && folder !== dirname(folder) && nearestIsWritable(dirname(folder));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
