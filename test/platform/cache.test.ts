import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cached, cacheFolder, discardCached, findCached } from '../../platform/cache.ts';
import { temporaryFolder } from '../support/folder.ts';

const BUILDER = join(import.meta.dirname, 'cache-builder.ts');

describe('the cache', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => void vi.unstubAllEnvs());

  const build = async (target: string): Promise<void> => writeFile(join(target, 'thing'), 'built');

  test('is one folder, wherever XDG_CACHE_HOME says', () => {
    expect(cacheFolder()).toBe(join(folder, 'accord'));
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', '/home/somebody');
    expect(cacheFolder()).toBe('/home/somebody/.cache/accord');
  });

  test('builds a thing once', async () => {
    const first = await cached('tool', build);
    const second = await cached('tool', () => Promise.reject(new Error('built twice')));
    expect(second).toBe(first);
    expect(await readFile(join(second, 'thing'), 'utf8')).toBe('built');
  });

  test('has nothing under the name of a build that failed, and builds it again', async () => {
    const failing = cached('tool', async (target) => {
      await build(target);
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await findCached('tool')).toBeUndefined();
    await cached('tool', build);
    expect(await findCached('tool')).toBeDefined();
  });

  test('builds anew what was discarded, and removes what was there', async () => {
    const first = await cached('tool', build);
    await discardCached('tool');
    const second = await cached('tool', build);
    expect(second).not.toBe(first);
    expect(existsSync(first)).toBe(false);
  });

  test('lets one of several processes build, and the others wait for it', async () => {
    const log = join(folder, 'log');
    const runs = await Promise.all([1, 2, 3].map(() => execa(process.execPath, [BUILDER, log])));
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(await readFile(log, 'utf8')).toBe('building\nbuilt\n');
  });

  test('goes on after a builder that was killed', async () => {
    const log = join(folder, 'log');
    const killed = execa(process.execPath, [BUILDER, log, 'hang'], { reject: false });
    await expect.poll(() => readFile(log, 'utf8').catch(() => '')).toBe('building\n');
    killed.kill('SIGKILL');
    await killed;
    await appendFile(log, 'killed\n');
    await execa(process.execPath, [BUILDER, log]);
    expect(await readFile(log, 'utf8')).toBe('building\nkilled\nbuilding\nbuilt\n');
    // The link, and what it points at: no lock, no remains.
    expect(await readdir(join(folder, 'accord'))).toHaveLength(2);
  });
});
