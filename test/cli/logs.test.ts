import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../config.ts';
import { createLog } from '../../log.ts';
import type { Ref } from '../../model/definition.ts';
import { createServer } from '../../server/server.ts';
import { appendAttemptEvents, keepBundle, keepOutput } from '../../store/attempt-events.ts';
import { recordSynced, type Fence } from '../../store/attempts.ts';
import { attemptsOn } from '../server/attempts.ts';
import { openGarden, type Garden } from '../server/garden.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { runCli } from '../../cli/program.ts';
import { accord as run, recorder, type Finished } from './recorder.ts';

let garden: Garden;
let server: string;
let bed: Ref;
beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
  bed = await garden.store.write({ name: 'a test' }, (tx) => tx.create('Bed', { name: 'south' }));
});
afterAll(() => garden.close());

const accord = (...args: string[]): Promise<Finished> => run([...args, '--server', server]);
const newRose = (name: string): Promise<Ref> =>
  garden.store.write({ name: 'a test' }, (tx) => tx.create('Rose', { name, bed }));

const TASK = { taskId: 't', task: 'create_index', action: 'copy', noLog: false };
const EVENTS = [
  { event: 'play', name: 'web' },
  { event: 'task', ...TASK },
  { event: 'result', ...TASK, status: 'ok', host: 'web-1', changed: true, durationMs: 1234, result: {} },
  { event: 'task', ...TASK, task: null, noLog: true },
  {
    event: 'result',
    ...TASK,
    task: null,
    status: 'failed',
    host: 'web-1',
    changed: false,
    ignored: true,
    durationMs: 50,
    result: { msg: 'no \u001b[31mroom', stderr: 'line 1\nline 2' },
  },
  {
    event: 'stats',
    hosts: {
      'web-1': { ok: 1, changed: 1, unreachable: 0, failures: 1, skipped: 0, rescued: 0, ignored: 1 },
    },
  },
];

const keep = (fence: Fence, from = 0, to = EVENTS.length): Promise<void> =>
  appendAttemptEvents(
    garden.store.database,
    fence,
    EVENTS.slice(from, to).map((event, at) => ({ number: from + at + 1, at: new Date(), event })),
  );

const SHOWN = [
  '  changed      «create_index»  on web-1  1.2 s',
  '  failed       a task with no_log  on web-1  0.1 s  ignored',
  '      no room',
  '      line 1',
  '      line 2',
  '  web-1 : ok=1 changed=1 unreachable=0 failed=1 skipped=0',
];

describe('accord logs', () => {
  test('shows what was done in the last attempt, task by task, and how it ended', async () => {
    const rose = await newRose('rosa');
    const { fence, loaded } = await attemptsOn(garden.store).begin(rose);
    await keep(fence);
    const summary = 'web-1 : ok=1 changed=1';
    await recordSynced(garden.store.database, fence, {
      loaded,
      feedback: {},
      summary,
      log: 'now debug hello',
    });
    const { stdout, exitCode } = await accord('logs', 'Rose/rosa');
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^► attempt 1 {2}sync of generation 1 {2}[\d:]+ {2}w1$/);
    expect(lines.slice(1, 7)).toEqual(SHOWN);
    expect(lines.slice(7).join('\n')).toMatch(
      /^ {2}now debug hello\n✔ synced {2}web-1 : ok=1 changed=1 {2}\d+\.\d s$/,
    );
    const { stdout: json } = await accord('logs', 'Rose/rosa', '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ number: 1, outcome: 'synced', events: { length: 6 } });
  });

  test('shows an earlier attempt, what it said, and what it printed', async () => {
    const rose = await newRose('alba');
    const attempts = attemptsOn(garden.store);
    await attempts.fail(rose, 'no bed\nat all', { code: 'E_BED' });
    const { fence } = await attempts.begin(rose);
    await keepOutput(garden.store.database, fence, 'TASK [x] ***\n  ok: [web]\n');
    const first = await accord('logs', 'Rose/alba', '--attempt', '1');
    expect(first.stdout).toMatch(/\n {2}no bed\n {2}at all\n✗ failed {2}E_BED {2}\d+\.\d s$/);
    expect((await accord('logs', 'Rose/alba')).stdout).toMatch(/\n◌ it is running$/);
    expect((await accord('logs', 'Rose/alba', '--raw')).stdout).toBe('TASK [x] ***\n  ok: [web]');
    expect(await accord('logs', 'Rose/alba', '--attempt', '7')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`there is no attempt 7 on Rose/${rose.id}: kept are 1 to 2`) as string,
    });
  });

  test('follows an attempt as it goes, to its end', async () => {
    const rose = await newRose('gallica');
    const { fence, loaded } = await attemptsOn(garden.store).begin(rose);
    await keep(fence, 0, 2);
    const { terminal, written } = recorder();
    const running = runCli(
      ['logs', 'Rose/gallica', '--attempt', '1', '-f', '--server', server],
      terminal,
      {},
    );
    await waitFor('the task to be told', () =>
      written().stdout.includes('«create_index» …') ? true : undefined,
    );
    await keep(fence, 2);
    await recordSynced(garden.store.database, fence, { loaded, feedback: {}, summary: null });
    expect(await running).toBe(0);
    expect(written().stdout).toContain(SHOWN[0]);
    expect(written().stdout).toMatch(/\n✔ synced {2}\d+\.\d s$/);
  });

  test('goes on where it was when its connection is cut and the server comes back', async () => {
    const rose = await newRose('moschata');
    const { fence, loaded } = await attemptsOn(garden.store).begin(rose);
    await keep(fence, 0, 2);
    const begin = async (port: number) => {
      const log = createLog({ level: 'silent' });
      const one = createServer({ store: garden.store, config: DEFAULTS, log });
      await one.listen({ host: '127.0.0.1', port });
      return { one, address: `127.0.0.1:${(one.server.address() as AddressInfo).port}` };
    };
    const first = await begin(0);
    const { terminal, written } = recorder();
    const args = ['logs', 'Rose/moschata', '--attempt', '1', '-f', '--server', first.address];
    const running = runCli(args, terminal, {});
    const says = (what: string): Promise<true> =>
      waitFor(what, () => (Object.values(written()).join('\n').includes(what) ? true : undefined), written);
    await says('«create_index» …');
    first.one.server.closeAllConnections();
    await first.one.close();
    await says('trying again');
    await keep(fence, 2);
    const second = await begin(Number(first.address.split(':')[1]));
    await says('web-1 : ok=1');
    await recordSynced(garden.store.database, fence, { loaded, feedback: {}, summary: null });
    expect(await running).toBe(0);
    await second.one.close();
    const { stdout, stderr } = written();
    expect(stdout.split('\n').slice(1, -1)).toEqual([
      '  «create_index» …',
      SHOWN[0],
      '  a task with no_log …',
      ...SHOWN.slice(1),
    ]);
    expect(stdout).toMatch(/\n✔ synced {2}\d+\.\d s$/);
    expect(stderr).toMatch(
      new RegExp(
        `^the server at http://${first.address} cannot be reached: .*; trying again\nconnected again$`,
      ),
    );
  });

  test('says so when there was no attempt, also when asked for what it printed', async () => {
    await newRose('canina');
    for (const more of [[], ['--raw']]) {
      const { stdout, stderr, exitCode } = await accord('logs', 'Rose/canina', ...more);
      expect([exitCode, stdout, stderr]).toEqual([
        0,
        '',
        expect.stringContaining('There was no attempt on Rose/'),
      ]);
    }
  });

  test('does not follow what a playbook prints', async () => {
    await newRose('foetida');
    expect(await accord('logs', 'Rose/foetida', '--raw', '-f')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('leave out --follow or --raw') as string,
    });
  });
});

describe('accord sys', () => {
  test('rebuilds what an attempt ran, and ./run repeats it', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const target = join(folder, 'target');
    await mkdir(join(folder, 'playbooks/roles/put/tasks'), { recursive: true });
    await writeFile(
      join(folder, 'playbooks/roles/put/tasks/main.yaml'),
      `- copy: {content: "{{ word }} {{ token }}", dest: ${target}}\n`,
    );
    const rose = await newRose('rugosa');
    const { fence } = await attemptsOn(garden.store).begin(rose);
    await keepBundle(garden.store.database, fence, {
      playbook: 'rose.yaml',
      texts: { 'rose.yaml': '- {hosts: localhost, gather_facts: false, roles: [put]}\n' },
      variables: { word: '{{ 7 * 7 }}', token: '***' },
      attempt: { worker: 'w1', number: 1 },
    });
    const to = join(folder, 'rebuilt');
    const { stdout, stderr, exitCode } = await accord('sys', 'Rose/rugosa', '--to', to, '--folder', folder);
    expect([exitCode, stdout]).toEqual([0, to]);
    expect(stderr).toContain(`This is what attempt 1 on Rose/${rose.id} ran: ${to}/run repeats it`);
    expect(stderr).toContain('Secret values are *** in it');
    await execa(join(to, 'run'), [], { extendEnv: false });
    expect(await readFile(target, 'utf8')).toBe('{{ 7 * 7 }} ***');

    // Again in its place, but in the place of nothing else.
    expect((await accord('sys', 'Rose/rugosa', '--to', to, '--folder', folder)).exitCode).toBe(0);
    const refused = await accord('sys', 'Rose/rugosa', '--to', join(folder, 'playbooks'), '--folder', folder);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is nothing that an attempt ran') as string,
    });
    expect(await readFile(join(folder, 'playbooks/roles/put/tasks/main.yaml'), 'utf8')).toContain('copy');
  });

  test('says so when no attempt has run a playbook', async () => {
    const rose = await newRose('centifolia');
    await attemptsOn(garden.store).fail(rose, 'no');
    expect(await accord('sys', `Rose/${rose.id}`, '--attempt', '1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        `attempt 1 on Rose/${rose.id} has run no playbook, or is not kept`,
      ) as string,
    });
  });
});
