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

const README = await readFile(join(ROOT, 'README.md'), 'utf8');

/** The commands of a section of the README, by blocks. What it puts into /tmp goes into `folder`. */
function blocksOf(section: string, folder: string): string[][] {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) =>
    block.trim().replaceAll('/tmp', folder).split('\n'),
  );
}

/** Type commands into a shell, one after the other; the first that fails ends it. */
async function type(
  cwd: string,
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { all } = await execa('bash', ['-ec', lines.join('\n')], {
    cwd,
    env: { ...ENVIRONMENT, npm_config_audit: 'false', npm_config_fund: 'false', ...env },
    extendEnv: false,
    all: true,
  });
  return all;
}

test('«Your first synchronizer» in the README works, command by command', async () => {
  const folder = await temporaryFolder();
  const [make = [], first = [], then = []] = blocksOf('Your first synchronizer', folder);
  expect(make.pop()).toBe('npx accord up .');
  expect(await type(ROOT, make)).toMatch(/pass 2\b[^]*fail 0\b/);

  const project = join(folder, 'first/web');
  const lines: string[] = [];
  // What npx runs: that itself would end alone, and leave this running.
  const up = await startProcess(process.execPath, ['node_modules/.bin/accord', 'up', '.'], {
    cwd: project,
    env: { ...ENVIRONMENT, ACCORD_BIND: `127.0.0.1:${await freePort()}` },
    graceSeconds: 60,
    onLine: (line) => lines.push(line),
  });
  try {
    const server = await waitFor(
      'accord up to be ready',
      () => {
        if (up.hasEnded()) throw new Error(`it has ended:\n${lines.join('\n')}`);
        return lines.find((line) => line.startsWith('Server:'))?.replace(/^Server:\s*/, '');
      },
      () => lines,
      180_000,
    );
    // The address is what `accord up` has printed.
    const named = (line: string): string => line.replace(/(?<=ACCORD_SERVER=).*/, server);
    expect(await type(project, first.map(named))).toMatch(/"message": "Hello",/);
    const said = await type(project, then, { ACCORD_SERVER: server });
    expect(said).toMatch(/"message": "Hello again",/);
    expect(said).toMatch(/8 checks, 0 failed/);
    expect(said).toContain('dist is built');
  } finally {
    await up.stop();
  }
}, 1_200_000);

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
