import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProcess } from '../../platform/process.ts';
import { freePort } from '../../platform/ports.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The environment of the tests without what they themselves were told; the Node that runs them is the first. */
const ENVIRONMENT = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(?:VITEST|NODE_|npm_|ACCORD_|DATABASE_URL|TEMPORAL_|observer_)|^TEST$|^DEV$|^PROD$|^MODE$/.test(
          name,
        ),
    ),
  ),
  // A company's own authority is how the registry is reached.
  ...(process.env['NODE_EXTRA_CA_CERTS'] && { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] }),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  NO_COLOR: '1',
};

async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { all } = await execa(command, args, { cwd, env: ENVIRONMENT, extendEnv: false, all: true });
  return all;
}

const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

test('the package installs into an empty folder, makes a synchronizer there, and syncs an object', async () => {
  const folder = await temporaryFolder();
  await run(ROOT, 'npm', 'pack', '--pack-destination', folder, '--loglevel=error');
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const tarball = join(folder, `accord-sync-accord-${version}.tgz`);

  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run(folder, 'npm', 'install', ...quiet, tarball);
  await run(folder, 'npx', 'accord', 'new', 'web', '--plain', '--accord', `file:${tarball}`);
  const project = join(folder, 'web');
  await run(project, 'npm', 'install', ...quiet);
  expect(await run(project, 'npm', 'test')).toMatch(/pass 2\b[^]*fail 0\b/);

  const accord = join(project, 'node_modules', '.bin', 'accord');
  const server = `http://127.0.0.1:${await freePort()}`;
  const lines: string[] = [];
  const up = await startProcess(process.execPath, [accord, 'up', '.'], {
    cwd: project,
    env: { ...ENVIRONMENT, ACCORD_BIND: new URL(server).host },
    graceSeconds: 60,
    onLine: (line) => lines.push(line),
  });
  try {
    await waitFor(
      'accord up to be ready',
      () => {
        if (up.hasEnded()) throw new Error(`it has ended:\n${lines.join('\n')}`);
        return lines.find((line) => line.includes(server));
      },
      () => lines,
      180_000,
    );
    const ask = (...args: string[]): Promise<string> => run(project, accord, '--server', server, ...args);
    await ask('create', 'WebGroup', 'name=all', 'motto=Be brief');
    await ask('create', 'WebItem', 'name=first', 'message=Hello', 'group=WebGroup/all');
    await ask('wait', 'WebItem', '--timeout', '60s');
    const mirrored = await readFile(join(project, '.accord/mirror/WebItem/2.json'), 'utf8');
    expect(JSON.parse(mirrored)).toEqual({ name: 'first', message: 'Hello', group_id: 1 });
    await ask('delete', 'WebItem/first', '--wait');
  } finally {
    await up.stop();
  }
}, 900_000);

test('on a Node that is too old, its command says so in a sentence', async () => {
  const text = await readFile(join(ROOT, 'cli', 'accord.js'), 'utf8');
  const folder = await temporaryFolder();
  // No such Node is there to run it: it is told that this one is.
  await writeFile(
    join(folder, 'accord.mjs'),
    text
      .replace('process.versions.node.split', "'20.19.0'.split")
      .replaceAll('process.versions.node', "'20.19.0'"),
  );
  const { exitCode, stderr } = await execa(process.execPath, [join(folder, 'accord.mjs')], { reject: false });
  expect([exitCode, stderr]).toEqual([
    1,
    'accord: this is Node 20.19.0, and Accord needs 22.18 or later: install Node 24, ' +
      'or run npm ci in the clone, which brings it.',
  ]);
});
