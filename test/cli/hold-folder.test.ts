import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../../cli/explain.ts';
import { HOLDER, holdFolder } from '../../cli/hold-folder.ts';
import { temporaryFolder } from '../support/folder.ts';

test('of several that begin at once after a crash, one has the folder, and the others name its process', async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, HOLDER), `${hostname()} ${spawnSync('true').pid} crashed\n`);
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => holdFolder(dir, 'a demo')));
  const held = tries.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  expect(held).toHaveLength(1);
  for (const { reason } of tries.filter((one) => one.status === 'rejected')) {
    expect(reason).toBeInstanceOf(UsageError);
    expect((reason as UsageError).message).toBe(
      `a demo is running already in ${dir} (process ${process.pid}); end it first, or run this one in another clone`,
    );
  }
  await held[0]?.release();
  expect(await readdir(dir)).toEqual([]);
});

test('a folder that another has taken since is not given back', async () => {
  const dir = await temporaryFolder();
  const { release } = await holdFolder(dir, 'a demo');
  const another = `${hostname()} ${process.pid} another\n`;
  await writeFile(join(dir, HOLDER), another);
  await release();
  expect(await readFile(join(dir, HOLDER), 'utf8')).toBe(another);
});
