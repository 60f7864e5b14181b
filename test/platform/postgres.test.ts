import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '../../platform/postgres.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startParent, untilGone } from './parent.ts';

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

describe('the embedded Postgres', () => {
  test('keeps its data from one start to the next', async () => {
    const dir = await temporaryFolder();
    const first = await startPostgres({ dir, durable: false });
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await startPostgres({ dir, durable: false });
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await ask(second.url, 'SHOW deadlock_timeout')).toEqual([{ deadlock_timeout: '100ms' }]);
    await second.stop();
  });

  test('ends with its parent, even when that is killed, and starts again at once', async () => {
    const dir = await temporaryFolder();
    const parent = await startParent(['postgres', dir]);
    await parent.end('SIGKILL');
    const next = await startPostgres({ dir, durable: false });
    await untilGone(parent.facts.pid);
    expect(await ask(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await next.stop();
  });

  test('starts over the pid file of a killed run whose pid now belongs to another process', async () => {
    const dir = await temporaryFolder();
    const first = await startPostgres({ dir, durable: false });
    const pidFile = join(first.folder, 'cluster', 'postmaster.pid');
    const left = await readFile(pidFile, 'utf8');
    await first.kill();
    await writeFile(pidFile, left.replace(/^\d+/, String(process.pid)));
    const second = await startPostgres({ dir, durable: false });
    expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  test('says who holds the folder when it is already running', async () => {
    const dir = await temporaryFolder();
    const first = await startPostgres({ dir, durable: false });
    await expect(startPostgres({ dir })).rejects.toThrow(`is already running (pid ${first.pid})`);
    await first.stop();
  });

  test('lets nobody in without the password, which only its user can read', async () => {
    const dir = await temporaryFolder();
    const server = await startPostgres({ dir, durable: false });
    const withoutPassword = new URL(server.url);
    withoutPassword.password = 'guessed';
    await expect(ask(withoutPassword.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const { mode } = await stat(join(server.folder, 'password'));
    expect(mode & 0o077).toBe(0);
    await server.stop();
  });

  test('says what its log says when it cannot start', async () => {
    const dir = await temporaryFolder();
    const server = await startPostgres({ dir, durable: false });
    await server.stop();
    await writeFile(join(server.folder, 'cluster', 'PG_VERSION'), '9.6\n');
    await expect(startPostgres({ dir })).rejects.toThrow(
      /did not start: .*\n.*database files are incompatible/s,
    );
  });
});
