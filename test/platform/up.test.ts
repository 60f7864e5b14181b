import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { bringUp } from '../../platform/up.ts';
import { temporaryFolder } from '../support/folder.ts';
import { untilGone } from './parent.ts';

describe('bringing up the platform', () => {
  beforeEach(() => {
    vi.stubEnv('DATABASE_URL', '');
    vi.stubEnv('TEMPORAL_ADDRESS', '');
  });
  afterEach(() => void vi.unstubAllEnvs());

  test('uses what the environment names, and does not stop it', async () => {
    vi.stubEnv('DATABASE_URL', inject('databaseUrl'));
    vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
    const dir = await temporaryFolder();
    for (const round of ['first', 'second']) {
      const platform = await bringUp({ dir, parts: ['postgres', 'temporal'] });
      expect(platform.databaseUrl, round).toBe(inject('databaseUrl'));
      expect(platform.temporalAddress, round).toBe(inject('temporalAddress'));
      await platform.stop();
    }
  });

  test('brings up only what it was asked for', async () => {
    const platform = await bringUp({ dir: await temporaryFolder(), parts: [] });
    expect(platform.databaseUrl).toBeUndefined();
    expect(platform.temporalAddress).toBeUndefined();
    expect(platform.ansible).toBeUndefined();
  });

  test('stops what it had started when another part is missing, and says which', async () => {
    vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
    const dir = await temporaryFolder();
    await expect(bringUp({ dir, parts: ['postgres', 'temporal'] })).rejects.toThrow(
      'no Temporal with the namespace default answers at 127.0.0.1:1 (TEMPORAL_ADDRESS)',
    );
    const log = await readFile(join(dir, 'postgres', 'postgres.log'), 'utf8');
    expect(log).toContain('database system is shut down');
    const pid = Number(/\[(\d+)\] LOG: {2}starting PostgreSQL/.exec(log)?.[1]);
    await untilGone(pid);
  });
});
