import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openLiveLines } from '../../cli/live-lines.ts';
import { DEFAULTS } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createServer } from '../../server/server.ts';
import { openGarden } from '../server/garden.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { temporaryFolder } from '../support/folder.ts';
import { field, model } from '../support/models.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { accordOnTerminal } from '../support/pseudo-terminal.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord as run } from './recorder.ts';

const FIELDS = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const backend = createBackend();
let temporal: TestNamespace;
let engine: Engine;
let server: FastifyInstance;
let address: string;
beforeAll(async () => {
  temporal = await createNamespace();
  engine = await startEngine(
    [model('Tile', { fields: FIELDS })],
    { Tile: backend.step('Tile') },
    { temporal },
  );
  server = createServer({ store: engine.store, config: DEFAULTS, log: createLog({ level: 'silent' }) });
  await server.listen({ host: '127.0.0.1', port: 0 });
  address = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await server.close();
  await engine.stop();
  await temporal.close();
});

/** A file of so many tiles; those whose number is in `bad` fail. */
async function tiles(name: string, count: number): Promise<string> {
  const file = join(await temporaryFolder(), `${name}.json`);
  const items = Array.from({ length: count }, (_, at) => ({ model: 'Tile', name: `${name}-${at}` }));
  await writeFile(file, JSON.stringify({ items }));
  return file;
}

/** Wait until a tile is in error. */
async function failing(name: string): Promise<void> {
  const find = () => engine.store.find('Tile', { name });
  await waitFor(
    `${name} to fail`,
    async () => ((await find())[0]?.state === 'Error' ? true : undefined),
    find,
    60_000,
  );
}

describe('accord apply --wait', () => {
  test('shows on a terminal how many are done, and what has failed', async () => {
    backend.fail((_kind, { name }) => (name === 'wall-7' ? new Error('no mortar') : undefined));
    const file = await tiles('wall', 60);
    const one = await accordOnTerminal([
      'apply',
      '-f',
      file,
      '--wait',
      '--timeout',
      '90s',
      '--server',
      address,
    ]);
    const shown = await one.shows(/59 of 60 synced {2}✗ 1 Error/);
    expect(shown).toMatch(/✗ Tile\/\d+ wall-7 {2}Error {2}no mortar/);
    backend.fail(() => undefined);
    await one.drained;
    expect((await one.ended).code).toBe(0);
    // What moved is gone; what was done stays.
    const lines = one.screen().trimEnd().split('\n');
    expect(lines.filter((line) => / created$/.test(line))).toHaveLength(60);
    expect(lines.filter((line) => / synced$/.test(line))).toHaveLength(60);
    expect(one.screen()).not.toMatch(/of 60|Applying|no mortar/);
    expect(one.screen()).toContain('Applied: 60 created, 0 updated, 0 unchanged.');
  });

  test('shows on a terminal how many of very many have been looked at', async () => {
    const garden = await openGarden();
    onTestFinished(() => garden.close());
    await garden.server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = garden.server.server.address() as AddressInfo;
    const file = join(await temporaryFolder(), 'beds.json');
    const items = Array.from({ length: 800 }, (_, at) => ({ model: 'Bed', name: `n ${at}` }));
    await writeFile(file, JSON.stringify({ items }));
    const one = await accordOnTerminal(['apply', '-f', file, '--server', `127.0.0.1:${port}`]);
    await one.drained;
    expect((await one.ended).code).toBe(0);
    const counts = [...one.seen().matchAll(/Applying 800 objects in one transaction: (\d+) done, \d+s/g)].map(
      ([, count]) => Number(count),
    );
    expect(counts.length).toBeGreaterThan(1);
    expect(counts.at(-1)).toBeGreaterThan(0);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(one.screen()).toContain('Applied: 800 created, 0 updated, 0 unchanged.');
    expect(one.screen()).not.toContain('Applying');
  });

  test('is quiet elsewhere but for what happens', async () => {
    backend.fail(() => undefined);
    const file = await tiles('floor', 30);
    const { exitCode, stdout, stderr } = await run([
      'apply',
      '-f',
      file,
      '--wait',
      '--timeout',
      '90s',
      '--server',
      address,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => / synced$/.test(line))).toHaveLength(30);
    expect(stderr).toBe('Applied: 30 created, 0 updated, 0 unchanged.');
  });

  test('is not asked together with --dry-run, which stores nothing', async () => {
    const { exitCode, stderr } = await run([
      'apply',
      '-f',
      'x.yaml',
      '--dry-run',
      '--wait',
      '--server',
      address,
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("cannot be used with option '--wait'")]);
  });
});

test('accord wait that has not come to its end says what is missing, and why', async () => {
  backend.fail((_kind, { name }) => (name === 'roof-0' ? new Error('no slate') : undefined));
  await run(['apply', '-f', await tiles('roof', 2), '--server', address]);
  await failing('roof-0');
  expect((await run(['wait', 'Tile/roof-1', '--timeout', '90s', '--server', address])).exitCode).toBe(0);
  const one = await accordOnTerminal([
    'wait',
    'Tile/roof-0',
    'Tile/roof-1',
    '--timeout',
    '2s',
    '--server',
    address,
  ]);
  await one.drained;
  expect((await one.ended).code).toBe(1);
  const said = one.screen();
  expect(said).toMatch(/Tile\/\d+ synced/);
  expect(said).toMatch(
    /✗ Tile\/\d+ roof-0 {2}Error {2}no slate\nnot synced within 2 s: Tile\/\d+\nTo see why: {2}accord why Tile\/\d+/,
  );
});

test('accord sync --wait tells what was done', async () => {
  backend.fail(() => undefined);
  await run(['create', 'Tile', 'name=door', '--server', address]);
  expect((await run(['wait', 'Tile/door', '--server', address])).exitCode).toBe(0);
  const { exitCode, stdout, stderr } = await run(['sync', 'Tile/door', '--wait', '--server', address]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^(Tile\/\d+) is to be synchronized\n\1 synced$/);
  expect(stderr).toMatch(/^✔ Tile\/\d+ door {2}synced, generation 2, attempt 2 {2}\d+\.\d s$/m);
});

test('accord status shows what the fleet is about', async () => {
  backend.fail((_kind, { name }) => (name === 'gate' ? new Error('no hinge') : undefined));
  await run(['create', 'Tile', 'name=gate', '--server', address]);
  await failing('gate');
  const one = await accordOnTerminal(['status', '--server', address]);
  await one.drained;
  expect(one.screen()).toMatch(
    /^\d+ objects {2}.*✗ \d+ Error(.|\n)*✗ Tile\/\d+ gate {3}Error, .*\n {3}no hinge$/m,
  );
});

describe('live lines', () => {
  const screen = (rows?: number) => {
    const written: string[] = [];
    const live = openLiveLines({
      write: (text: string) => written.push(text) > 0,
      ...(rows === undefined ? {} : { rows }),
    });
    return { live, written };
  };

  test('are drawn over each other, below what is written meanwhile', () => {
    const { live, written } = screen();
    live.draw(['a', 'b']);
    live.above(() => written.push('x\n'));
    live.draw(['c']);
    live.draw([]);
    live.draw([]);
    expect(written.map((text) => text.replaceAll('\u001b', 'ESC'))).toEqual([
      'ESC[?7la\nb\nESC[?7h',
      'ESC[2AESC[J',
      'x\n',
      'ESC[?7la\nb\nESC[?7h',
      'ESC[2AESC[JESC[?7lc\nESC[?7h',
      'ESC[1AESC[J',
    ]);
  });

  test('are never more than the screen has', () => {
    const { live, written } = screen(4);
    live.draw(['1', '2', '3', '4', '5']);
    expect(written.join('')).toContain('1\n2\n… 3 more lines\n');
  });
});
