import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Database, Queryable } from './database.ts';

const SCHEMA = new URL('./schema/', import.meta.url);

/**
 * Bring the database to this version's schema.
 *
 * Numbered files run once each, in their order; the functions are replaced as a whole when one has changed.
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
    const done = new Map(
      (await tx.query<{ name: string; hash: string }>('select name, hash from schema_scripts')).map((row) => [
        row.name,
        row.hash,
      ]),
    );

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
    if (done.get('functions') === hashOf(all)) return;
    await dropFunctions(tx);
    await tx.query(all);
    await remember(tx, 'functions', all);
  });
}

async function readScripts(folder: URL): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

async function remember(tx: Queryable, name: string, text: string): Promise<void> {
  await tx.query(
    `insert into schema_scripts (name, hash) values ($1, $2)
     on conflict (name) do update set hash = excluded.hash, at = now()`,
    [name, hashOf(text)],
  );
}

// `create or replace` cannot change what a function returns, so the old ones go first.
async function dropFunctions(tx: Queryable): Promise<void> {
  await tx.query(`do $$ declare f regprocedure; begin
    for f in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'accord'::regnamespace loop
      execute 'drop function if exists ' || f || ' cascade';
    end loop; end $$`);
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
