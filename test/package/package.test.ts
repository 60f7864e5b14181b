import { execa } from 'execa';
import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, YAML11_SCHEMA } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type Client } from '../../client/http.ts';
import { startProcess } from '../../platform/process.ts';
import { freePort } from '../../platform/ports.ts';
import { addressIn, watch } from '../e2e/installation.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
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

/** What makes it faster, and no different. */
const NPM = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_prefer_offline: 'true' };

/** Type commands into a shell, one after the other; the first that fails ends it. */
async function type(
  cwd: string,
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { all } = await execa('bash', ['-ec', lines.join('\n')], {
    cwd,
    env: { ...ENVIRONMENT, ...NPM, ...env },
    extendEnv: false,
    all: true,
  });
  return all;
}

const SECTION = 'Your first synchronizer';

/** Beside what was made by the README: a synchronizer with a playbook. What is installed for the one serves both. */
const PLAY_DOORS = `import { createClient } from '@accord-sync/accord/client';
import { conformance, fakeContext } from '@accord-sync/accord/testing';
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('the doors of the package open, and have types', () => {
  for (const one of [createClient, conformance, fakeContext]) assert.equal(typeof one, 'function');
  // @ts-expect-error Without types it would be no error, and to expect one would be.
  const untyped: readonly number[] = [createClient, conformance, fakeContext];
  assert.ok(untyped);
});
`;

/** What is no JavaScript, and is read from beside it. */
const READ = [
  'backend/ansible/dispatch.py',
  'backend/ansible/accord/dispatcher.py',
  'backend/ansible/callback/accord_events.py',
  'model/core.xproto',
  'platform/ansible-requirements.txt',
  'run/LICENSES.txt',
  'store/schema/001-tables.sql',
  'tools/temporal/go.mod',
  'tools/temporal/go.sum',
  'tools/temporal/server/main.go',
  'ui/dist/index.html',
];

describe('the package, installed into an empty folder', () => {
  let folder: string;
  let web: string;
  let play: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'accord-test-'));
    await chmod(folder, 0o711);
    [web, play] = [join(folder, 'first/web'), join(folder, 'first/play')];
    const [make = []] = blocksOf(SECTION, folder);
    expect(make.pop()).toBe('npx accord up .');
    expect(await type(ROOT, make)).toMatch(/pass 2\b[^]*fail 0\b/);
    await type(dirname(web), ['npx accord new play --ansible']);
    await symlink(join(web, 'node_modules'), join(play, 'node_modules'));
    await writeFile(join(play, 'test/doors.test.ts'), PLAY_DOORS);
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('holds all that is read when it runs', async () => {
    const dist = join(web, 'node_modules/@accord-sync/accord/dist');
    const there = await readdir(dist, { recursive: true });
    expect(READ.filter((file) => !there.includes(file))).toEqual([]);
  });

  test('opens its doors, with types, to a synchronizer with a playbook, whose tests pass', async () => {
    expect(await type(play, ['npm test'])).toMatch(/pass 3\b[^]*fail 0\b/);
  }, 180_000);

  test('works as «Your first synchronizer» in the README says, and with a playbook', async () => {
    const [, first = [], then = []] = blocksOf(SECTION, folder);
    const lines: string[] = [];
    // What npx runs: that itself would end alone, and leave this running. The other folder spares a second `up`.
    const up = await startProcess(process.execPath, ['node_modules/.bin/accord', 'up', '.', '../play'], {
      cwd: web,
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
      expect(await type(web, first.map(named))).toMatch(/"message": "Hello",/);
      const said = await type(web, then, { ACCORD_SERVER: server });
      expect(said).toMatch(/"message": "Hello again",/);
      expect(said).toMatch(/8 checks, 0 failed/);
      expect(said).toContain('dist is built');

      const client = createClient({ server });
      const group = await client.create('PlayGroup', { name: 'all', motto: 'Be brief' });
      const { id } = await client.create('PlayItem', { name: 'first', message: 'Hello', group_id: group.id });
      const handle = await handleOf(client, 'PlayItem', id);
      expect(JSON.parse(await readFile(resolve(web, handle), 'utf8'))).toMatchObject({ message: 'Hello' });
    } finally {
      await up.stop();
    }
  }, 600_000);

  test('runs what was built, without what it was built of; and what the image ships', async () => {
    const [database, temporal] = await Promise.all([createTestDatabase(), createNamespace()]);
    const env = {
      ...ENVIRONMENT,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ACCORD_BIND: '127.0.0.1:0',
    };
    const out = join(folder, 'first/built');
    await type(web, [`npx accord build . --output ${out}`]);
    const shipped = await buildAsImage(folder, web);
    const lines: string[] = [];
    const start = (...args: string[]) =>
      startProcess(process.execPath, args, {
        cwd: folder,
        env,
        graceSeconds: 60,
        onLine: (line) => lines.push(line),
      });
    const said = (what: RegExp): Promise<string> =>
      waitFor(
        String(what),
        () => lines.find((line) => what.test(line)),
        () => lines,
        90_000,
      );
    const server = await start(join(web, 'node_modules/.bin/accord'), 'server');
    const workers = [await start(join(out, 'main.js')), await start(shipped)];
    try {
      const client = createClient({ server: addressIn(await said(/server is ready/)) });
      await said(/"synchronizer_name":"exampleservice".*worker is ready/);
      await said(/"synchronizer_name":"web".*worker is ready/);
      const group = await client.create('WebGroup', { name: 'all', motto: 'Be brief' });
      const { id } = await client.create('WebItem', { name: 'first', message: 'Hello', group_id: group.id });
      const handle = await handleOf(client, 'WebItem', id);
      expect(JSON.parse(await readFile(resolve(folder, handle), 'utf8'))).toMatchObject({ message: 'Hello' });
    } finally {
      await Promise.all([...workers, server].map((one) => one.stop()));
      await Promise.all([temporal.close(), database.drop()]);
    }
  }, 300_000);
});

/**
 * Take the Dockerfile's step that builds a synchronizer, with what is installed in `web` for the packages of the image
 * and `root` for its root.
 *
 * @returns what the worker of docker-compose.yml starts
 */
async function buildAsImage(root: string, web: string): Promise<string> {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const [, synchronizer = ''] = /^ARG SYNCHRONIZER=(.+)$/m.exec(dockerfile) ?? [];
  const [, step = ''] = /^RUN (accord build .+)$/m.exec(dockerfile) ?? [];
  const here = step
    .replace('"/node_modules/', `"${web}/node_modules/`)
    .replace(' /synchronizer', ` ${root}/synchronizer`);
  const path = `${join(web, 'node_modules/.bin')}:${ENVIRONMENT.PATH}`;
  expect(await type(root, [here], { SYNCHRONIZER: synchronizer, PATH: path })).toContain('is built');

  const compose = load(await readFile(join(ROOT, 'docker-compose.yml'), 'utf8'), { schema: YAML11_SCHEMA });
  const { entrypoint } = (compose as { services: { worker: { entrypoint: readonly string[] } } }).services
    .worker;
  const [tini, separator, node, main = ''] = entrypoint;
  expect([tini, separator, node]).toEqual(['tini', '--', 'node']);
  return join(root, main);
}

/** Wait until an object is synced. @returns the file that stands for it */
async function handleOf(client: Client, model: string, id: number): Promise<string> {
  const ref = { model, id };
  await watch(client).untilSynced(ref);
  return String((await client.get(ref))['backend_handle']);
}

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
