import { spawnSync } from 'node:child_process';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname, platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tryLock, type Lock } from '../../tools/lock.mjs';
import { temporaryFolder } from '../support/folder.ts';

const lockFile = async (): Promise<string> => join(await temporaryFolder(), 'one.lock');

/** Left behind by a process that is gone. */
async function abandoned(): Promise<string> {
  const file = await lockFile();
  await writeFile(file, `${hostname()} ${spawnSync('true').pid} crashed\n`);
  return file;
}

async function take(file: string): Promise<Lock> {
  const lock = await tryLock(file);
  if (lock.holder !== undefined) throw new Error(`${file} is held by process ${lock.holder.pid}`);
  onTestFinished(lock.release);
  return lock;
}

describe('a lock', () => {
  test('says who holds it, and is free when it was given back', async () => {
    const file = await lockFile();
    const { release } = await take(file);
    expect(await tryLock(file)).toEqual({ holder: { host: hostname(), pid: process.pid } });
    await release();
    await take(file);
  });

  test('is taken by one of many that find its holder dead', async () => {
    const file = await abandoned();
    const tried = await Promise.all(Array.from({ length: 30 }, () => tryLock(file)));
    const taken = tried.filter((lock): lock is Lock => lock.holder === undefined);
    expect(taken).toHaveLength(1);
    await taken[0]?.release();
    // Nothing is left of those that came too late either.
    expect(await readdir(join(file, '..'))).toEqual([]);
  });

  test('is free when its holder was not heard of for long, whatever process has its number now', async () => {
    const file = await lockFile();
    await writeFile(file, `${hostname()} ${process.pid} crashed\n`);
    expect(await tryLock(file)).toHaveProperty('holder');
    const then = new Date(Date.now() - 60_000);
    await utimes(file, then, then);
    await take(file);
  });

  test.skipIf(platform() !== 'linux')(
    'is not free as long as its holder is there, suspended for however long',
    async () => {
      const file = await lockFile();
      await take(file);
      const then = new Date(Date.now() - 60_000);
      await utimes(file, then, then);
      expect(await tryLock(file)).toHaveProperty('holder');
    },
  );

  test('is taken although one who was about to take it was killed', async () => {
    const file = await abandoned();
    await writeFile(`${file}.steal`, await readFile(file));
    await take(file);
  });

  test('is given back by nobody from whom it was taken', async () => {
    const file = await lockFile();
    const { release } = await take(file);
    await writeFile(file, 'elsewhere 7 thief\n');
    await release();
    expect(await readFile(file, 'utf8')).toBe('elsewhere 7 thief\n');
  });
});
