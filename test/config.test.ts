import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, databaseUrlOf, DEFAULTS, readConfig } from '../config.ts';
import { temporaryFolder } from './support/folder.ts';

const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

describe('the configuration of a process', () => {
  test('is the defaults when the environment says nothing, and an empty variable says nothing', () => {
    expect(readConfig({})).toEqual(DEFAULTS);
    expect(readConfig({ ACCORD_BIND: '', ACCORD_TOKEN: '' })).toEqual(DEFAULTS);
  });

  test('takes each variable at its word', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://accord:secret@db:5432/accord',
      ACCORD_BIND: '[::1]:0',
      ACCORD_ALLOWED_HOSTS: 'accord.example, accord.internal',
      ACCORD_TRUSTED_PROXIES: '10.1.2.3, fd00::/8',
      ACCORD_LEASE_MS: '400',
      ACCORD_RENEW_MS: '100',
      ACCORD_RETRY_FACTOR: '1.5',
    });
    expect(config).toMatchObject({
      databaseUrl: 'postgres://accord:secret@db:5432/accord',
      bind: { host: '::1', port: 0 },
      allowedHosts: ['accord.example', 'accord.internal'],
      trustedProxies: ['10.1.2.3', 'fd00::/8'],
      leaseMs: 400,
      renewMs: 100,
      retryFactor: 1.5,
    });
  });

  test.each(['balancer', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0.1/8/8'])(
    'trusts no proxy «%s»',
    (text) => {
      expect(faultsOf(() => readConfig({ ACCORD_TRUSTED_PROXIES: text }))).toEqual([
        'ACCORD_TRUSTED_PROXIES must be addresses, or networks as in 10.0.0.0/8',
      ]);
    },
  );

  test('takes what a file says, as secrets of containers are given', async () => {
    const file = join(await temporaryFolder(), 'token');
    await writeFile(file, 'open sesame, and be quick\n');
    expect(readConfig({ ACCORD_TOKEN_FILE: file, ACCORD_TOKEN: '' }).token).toBe('open sesame, and be quick');
    expect(
      faultsOf(() =>
        readConfig({
          ACCORD_TOKEN: 'one',
          ACCORD_TOKEN_FILE: file,
          DATABASE_URL_FILE: '/nowhere/url',
          ACCORD_SLOTS_FILE: file,
        }),
      ),
    ).toEqual([
      expect.stringMatching(/^DATABASE_URL_FILE names \/nowhere\/url, which cannot be taken: ENOENT/),
      'ACCORD_TOKEN_FILE cannot be given together with ACCORD_TOKEN',
      expect.stringMatching(/^ACCORD_SLOTS must be/),
    ]);
  });

  test('takes no token that could be guessed, and says how to make one', () => {
    const [fault] = faultsOf(() => readConfig({ ACCORD_TOKEN: 'open sesame' }));
    for (const token of ['→ open sesame, please', 'open sesame, please '])
      expect(faultsOf(() => readConfig({ ACCORD_TOKEN: token }))[0]).toMatch(
        /^ACCORD_TOKEN holds what no header/,
      );
    expect(fault).toMatch(/^ACCORD_TOKEN must have at least 16 characters.*: make one with `.*urandom/);
    expect(fault).not.toContain('sesame');
  });

  test('names every fault at once, and no value that may be secret', () => {
    const faults = faultsOf(() =>
      readConfig({
        DATABASE_URL: 'mysql://root:hunter2@db/accord',
        ACCORD_BIND: '8000',
        ACCORD_SLOTS: '1',
        ACCORD_SWEEP_MS: '1.5',
        ACCORD_LOG_LEVEL: 'loud',
        ACCORD_TEMPORAL_UI: 'javascript:alert(1)',
      }),
    );
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'ACCORD_TEMPORAL_UI',
      'ACCORD_BIND',
      'ACCORD_LOG_LEVEL',
      'ACCORD_SLOTS',
      'ACCORD_SWEEP_MS',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  test.each(['127.0.0.1:65536', 'http://localhost:80', ':8000', 'localhost', '::1:80', '127.0.0.1:80/x'])(
    'does not listen at %s',
    (bind) => expect(faultsOf(() => readConfig({ ACCORD_BIND: bind }))).toHaveLength(1),
  );

  test('refuses a lease that ends before it is renewed', () => {
    const environment = { ACCORD_LEASE_MS: '100', ACCORD_RENEW_MS: '90' };
    expect(faultsOf(() => readConfig(environment))).toEqual([expect.stringContaining('half')]);
  });

  test('says how to name a database when one is needed', () => {
    expect(() => databaseUrlOf(readConfig({}))).toThrow(/DATABASE_URL is not set.*accord up/);
  });
});
