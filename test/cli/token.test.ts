import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../platform/ports.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { accord } from './recorder.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  vi.stubEnv('DATABASE_URL', database.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database.drop();
});

describe('accord token', () => {
  test('makes a token that is shown once, lists it, and revokes it', async () => {
    const made = await accord(['token', 'create', 'robot', '--scope', 'read,operate', '--expires', '2h']);
    expect(made.stdout).toMatch(/^acc_[\w-]{43}$/);
    expect(made.stderr).toMatch(/Token robot may read, operate until \d{4}-.*not shown again/);
    const { stdout } = await accord(['token', 'list']);
    expect(stdout).toMatch(/^robot +read,operate +\d+s +in 1h$/m);
    expect(stdout).not.toContain(made.stdout);
    expect((await accord(['token', 'create', 'robot'])).stderr).toContain('there is a token robot already');
    expect((await accord(['token', 'revoke', 'robot'])).stdout).toBe('token robot revoked');
    expect(await accord(['token', 'revoke', 'robot'])).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await accord(['token', 'list'])).stderr).toContain('accord token create');
  });

  test('says what to do where the database cannot be reached', async () => {
    vi.stubEnv('DATABASE_URL', `postgres://accord:hunter2@127.0.0.1:${await freePort()}/accord`);
    try {
      const { exitCode, stderr } = await accord(['token', 'list']);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^accord: Postgres at 127.0.0.1:\d+ cannot be reached: .*\nStart it, or name another with DATABASE_URL;/,
      );
      expect(stderr).not.toContain('hunter2');
    } finally {
      vi.stubEnv('DATABASE_URL', database.url);
    }
  });

  test.each([
    [['a b'], 'letters, digits'],
    [['x', '--scope', 'read,root'], 'there is no scope root; known are read, write, operate, admin'],
    [['x', '--expires', 'never'], 'no span of time'],
  ])('does not make one of %j', async (args, says) => {
    const { exitCode, stderr } = await accord(['token', 'create', ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});
