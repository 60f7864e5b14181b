import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, inject, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const SCRIPT = `
  import { doctor } from '${join(import.meta.dirname, '../../cli/doctor.ts')}';
  process.exitCode = await doctor({ json: process.argv.includes('--json') });
`;

interface Finished {
  exitCode?: number | undefined;
  stdout: string;
}

async function doctor(env: Record<string, string>, ...flags: string[]): Promise<Finished> {
  const nothing = await temporaryFolder();
  return execa(process.execPath, ['--input-type=module', '-e', SCRIPT, '--', ...flags], {
    env: { HOME: nothing, PATH: nothing, NO_COLOR: '1', ...env },
    extendEnv: false,
    reject: false,
  });
}

describe('accord doctor', () => {
  test('says what a bare machine lacks, and the commands that help', async () => {
    const { exitCode, stdout } = await doctor({});
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✔ Node +\d+\.\d+\.\d+ +\//);
    expect(stdout).toMatch(/✔ Postgres +18/);
    expect(stdout).toMatch(/✗ Temporal\n +.*install Go/);
    expect(stdout).toMatch(/✗ Ansible\n +.*apt-get install python3/);
  });

  test('finds the servers that the environment names, and shows no password', async () => {
    const url = new URL(inject('databaseUrl'));
    const { stdout } = await doctor({ DATABASE_URL: url.href, TEMPORAL_ADDRESS: inject('temporalAddress') });
    expect(stdout).toContain(`${url.host}/accord (DATABASE_URL)`);
    expect(stdout).not.toContain(url.password);
    expect(stdout).toMatch(/✔ Temporal +\d+\.\d+\.\d+ .*\(TEMPORAL_ADDRESS\)/);
  });

  test('reads of the environment what the server does: files that hold secrets, and what is wrong', async () => {
    const file = join(await temporaryFolder(), 'database-url');
    await writeFile(file, inject('databaseUrl'));
    const named = { DATABASE_URL_FILE: file, TEMPORAL_ADDRESS: inject('temporalAddress') };
    expect((await doctor(named)).stdout).toContain(
      `${new URL(inject('databaseUrl')).host}/accord (DATABASE_URL)`,
    );
    // This one speaks no TLS.
    expect((await doctor({ ...named, TEMPORAL_TLS: 'true' })).stdout).toMatch(
      /✗ Temporal.*\n +it does not answer/,
    );
    const { exitCode, stdout } = await doctor({ ...named, ACCORD_SLOTS: 'x', DATABASE_URL: 'here' });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /✗ Settings.*\n.*DATABASE_URL_FILE cannot be given together.*; ACCORD_SLOTS must be/,
    );
  });

  test('says which address does not answer', async () => {
    const nowhere = { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { exitCode, stdout } = await doctor(nowhere);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✗ Postgres +127\.0\.0\.1:1\/x \(DATABASE_URL\)\n +it does not answer/);
    expect(stdout).toMatch(/✗ Temporal +127\.0\.0\.1:1 \(TEMPORAL_ADDRESS\)\n +it does not answer/);
    expect(stdout).not.toContain('hidden');
  });

  test('says the same to machines', async () => {
    const { exitCode, stdout } = await doctor({}, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      parts: [
        { part: 'Node', status: 'found', version: process.versions.node },
        { part: 'Postgres', status: 'found' },
        { part: 'Temporal', status: 'missing' },
        { part: 'Ansible', status: 'missing' },
        { part: 'Cache', status: 'found' },
      ],
    });
  });
});
