import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { openLogFile } from '../log-file.ts';
import { temporaryFolder } from './support/folder.ts';
import { waitFor } from './support/wait-for.ts';

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('a log file has each line as JSON, and is followed by the next when it is full', async () => {
  const folder = join(await temporaryFolder(), 'logs');
  const sink = await openLogFile(join(folder, 'accord.log'), (error) => {
    throw error;
  });
  const mebibyte = `{"filler":"${'x'.repeat(1024 * 1024)}"}\n`;
  for (let written = 1; written <= 21; written += 1) {
    sink.write(mebibyte);
    await waitFor('it to be on the disk', async () =>
      (await sizeOf(folder)) >= written * mebibyte.length ? true : undefined,
    );
  }
  await waitFor('the next file', async () => ((await readdir(folder)).length === 2 ? true : undefined));
  createLog({ sinks: [sink] }).info({ model: 'Color', token: 'hunter2' }, 'the last line');
  await sink.close();
  const text = await readFile(join(folder, 'accord.2.log'), 'utf8');
  expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    model: 'Color',
    token: '[secret]',
    msg: 'the last line',
  });
});

test('a log file that cannot be written says so, and keeps nobody waiting', async () => {
  const folder = await temporaryFolder();
  // A folder stands where the file is to be.
  await mkdir(join(folder, 'accord.1.log'));
  const trouble: string[] = [];
  const sink = await openLogFile(join(folder, 'accord.log'), (error) => trouble.push(error.message));
  sink.write('lost\n');
  await sink.close();
  expect(trouble).toEqual([expect.stringContaining('EISDIR')]);
});
