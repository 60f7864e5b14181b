import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Database, Queryable } from './database.ts';

const SCHEMA = new URL('./schema/', import.meta.url);

/**
 * Bring the database to this version's schema.
 *
 * Numbered files run once each, in their order; the functions are replaced as a whole when one has changed, but not by
 * those of an older version: one of its processes that starts amid an upgrade would take them back under the new ones.
 * All in one transaction under a lock, so that two processes may start at once.
 *
 * @throws when the database was brought further by a newer Accord
 */
export async function migrate(database: Database): Promise<void> {
  const tables = await readScripts(SCHEMA);
  const functions = await readScripts(new URL('functions/', SCHEMA));

  await database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(1633, 1)');
    await tx.query('create schema if not exists accord');
    await tx.query(`create table if not exists accord.schema_scripts (
      name text primary key, hash text not null, at timestamptz not null default now())`);
    await tx.query('alter table schema_scripts add column if not exists accord text');
    const rows = await tx.query<Script>('select name, hash, accord from schema_scripts');
    const done = new Map(rows.map((row) => [row.name, row]));

    const unknown = [...done.keys()].filter((name) => name !== 'functions' && !tables.has(name));
    if (unknown.length > 0) {
      throw new Error(
        `the database was brought to a newer schema (${unknown.join(', ')}); start a newer Accord on it`,
      );
    }

    for (const [name, text] of tables) {
      if (done.has(name)) continue;
      await tx.query(text);
      await remember(tx, name, text);
    }

    const all = [...functions.values()].join('\n');
    const { hash, accord } = done.get('functions') ?? {};
    if (hash === hashOf(all)) return;
    if (accord != null && isOlder(await ownVersion(), accord)) {
      throw new Error(
        `the database was brought up to date by Accord ${accord}, and this is ${await ownVersion()}: start that one or a newer one`,
      );
    }
    await dropFunctions(tx);
    await tx.query(all);
    await remember(tx, 'functions', all);
  });
}

interface Script {
  readonly name: string;
  readonly hash: string;
  /** The version that has run it. */
  readonly accord: string | null;
}

async function readScripts(folder: URL): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

async function remember(tx: Queryable, name: string, text: string): Promise<void> {
  await tx.query(
    `insert into schema_scripts (name, hash, accord) values ($1, $2, $3)
     on conflict (name) do update set hash = excluded.hash, accord = excluded.accord, at = now()`,
    [name, hashOf(text), await ownVersion()],
  );
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** By numbers, from left to right; what follows a dash is not heeded. */
function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => version.split('-')[0]?.split('.').map(Number) ?? []);
  const at = a?.findIndex((part, index) => part !== (b?.[index] ?? 0)) ?? -1;
  return at >= 0 && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

// `create or replace` cannot change what a function returns, so the old ones go first.
async function dropFunctions(tx: Queryable): Promise<void> {
  await tx.query(`do $$ declare f regprocedure; begin
    for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'accord'::regnamespace loop
      execute 'drop routine if exists ' || f || ' cascade';
    end loop; end $$`);
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
