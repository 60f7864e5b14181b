import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordPretended } from '../../store/attempts.ts';
import { attemptsOn } from '../server/attempts.ts';
import { openGarden, type Garden } from '../server/garden.ts';
import { temporaryFolder } from '../support/folder.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord as run, type Finished } from './recorder.ts';

let garden: Garden;
let server: string;
beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
});
afterAll(() => garden.close());

const accord = (...args: string[]): Promise<Finished> => run([...args, '--server', server]);

/** Create an object and return its `Model/id`. */
async function created(...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await accord('create', ...args, '-o', 'name');
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

/** The object as the command line shows it to programs. */
async function shown(name: string): Promise<Record<string, unknown>> {
  return JSON.parse((await accord('get', name, '-o', 'json')).stdout) as Record<string, unknown>;
}

describe('accord create', () => {
  test('gives each value the type of its field', async () => {
    const bed = await created(
      'Bed',
      'name=a=b',
      'area=2.5',
      'sunny=true',
      'tags=dry, low',
      'note:=null',
      'no_sync=true',
    );
    expect(await shown(bed)).toMatchObject({
      name: 'a=b',
      area: 2.5,
      sunny: true,
      tags: ['dry', 'low'],
      note: null,
      no_sync: true,
    });
  });

  test('takes links by Model/id, by name, and by the bare id', async () => {
    const bed = await created('bed', 'name=linked');
    const id = Number(bed.split('/')[1]);
    for (const [at, link] of [
      `bed=${bed}`,
      'bed=Bed/linked',
      'bed=linked',
      `bed=${id}`,
      `bed_id=${id}`,
    ].entries()) {
      expect(await shown(await created('Rose', `name=by-${at}`, link))).toMatchObject({ bed_id: id });
    }
    expect(await shown(await created('Bed', 'name=b', `borders=${bed},linked`))).toMatchObject({
      borders_ids: [id, id],
    });
  });

  test('says what was done, for people', async () => {
    expect(await accord('create', 'Bed', 'name=seen')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Bed\/\d+ created$/) as unknown,
      stderr: '',
    });
  });

  test.each([
    ['an unknown model', ['Bde', 'name=a'], /no model "Bde"; did you mean Bed\?/],
    [
      'unknown fields, all at once',
      ['Bed', 'nmae=a', 'aera=1'],
      /no field nmae; did you mean name\?\n.*aera; did you mean area\?/,
    ],
    [
      'a wrong type',
      ['Bed', 'name=a', 'sunny=maybe', 'area=big'],
      /sunny must be true or false\narea must be a number/,
    ],
    ['a field twice', ['Rose', 'name=a', 'name=b'], /name is given twice/],
    ['no assignment', ['Bed', 'name'], /"name" is no assignment/],
    ['no JSON', ['Bed', 'name:={'], /name:= must be JSON/],
    [
      'a link to a name that is not there',
      ['Rose', 'name=a', 'bed=nowhere'],
      /no Bed named "nowhere"; `accord get Bed` lists them/,
    ],
  ])('does not understand %s', async (_name, args, says) => {
    const { exitCode, stdout, stderr } = await accord('create', ...args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });

  test('shows every fault that the server finds', async () => {
    const { exitCode, stderr } = await accord('create', 'Bed', 'name=', 'area=-1', 'enacted=1', 'sensor=x');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^accord: 4 faults, nothing was stored:$/m);
    expect(stderr.split('\n').filter((line) => line.startsWith('  '))).toHaveLength(4);
  });
});

describe('accord update', () => {
  test('changes what it names, of an object by its name', async () => {
    const bed = await created('Bed', 'name=before', 'area=3');
    expect(await accord('update', 'Bed/before', 'name=after')).toMatchObject({
      stdout: `${bed} updated`,
      exitCode: 0,
    });
    expect(await shown(bed)).toMatchObject({ name: 'after', area: 3 });
  });

  test('says when nothing was to be changed', async () => {
    const bed = await created('Bed', 'name=same');
    expect((await accord('update', bed, 'name=same')).stdout).toBe(`${bed} unchanged`);
  });

  test('made against an older version is refused, and says how to go on', async () => {
    const bed = await created('Bed', 'name=old');
    await accord('update', bed, 'name=new');
    const { exitCode, stderr } = await accord('update', bed, 'name=mine', '--if-version', '1');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`accord get ${bed} -o yaml`);
  });
});

describe('accord get', () => {
  test('shows a table, with a column for each thing that an operator asks first', async () => {
    await created('Bed', 'name=tabled');
    const { stdout } = await accord('get', 'Bed');
    const [titles = '', ...rows] = stdout.split('\n');
    expect(titles.split(/ {2,}/)).toEqual([
      'ID',
      'NAME',
      'STATE',
      'GEN',
      'ENACTED',
      'AGE',
      'FAILURES',
      'NEXT',
      'REASON',
    ]);
    expect(rows.find((row) => row.includes('tabled'))).toMatch(/^\d+ +tabled +Synced +1 +1 +\d+s +– +– +–$/);
  });

  test('shows all fields when there is room, but no secret', async () => {
    await created('Bed', 'name=wide', 'gate_code=hunter2');
    const { stdout } = await accord('get', 'Bed', '-o', 'wide');
    expect(stdout).toMatch(/AREA +SUNNY +NOTE +TAGS/);
    expect(stdout).not.toContain('hunter2');
  });

  test('shows the objects of a base by their own models', async () => {
    const rose = await created('Rose', 'name=climber', `bed=${await created('Bed', 'name=any')}`);
    expect((await accord('get', 'Plant')).stdout).toMatch(new RegExp(`^${rose} +climber +Waiting`, 'm'));
  });

  test('prints for machines: one object as such, several as items', async () => {
    const [a, b] = [await created('Bed', 'name=one'), await created('Bed', 'name=two')];
    expect((await accord('get', a, '-o', 'yaml')).stdout).toMatch(/^id: \d+\n/);
    const { stdout } = await accord('get', a, b, '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ name: 'one' }, { name: 'two' }] });
    expect((await accord('get', a, b, '-o', 'name')).stdout).toBe(`${a}\n${b}`);
  });

  test('shows all of a model, however many pages that are', async () => {
    const before = (await accord('get', 'Bed', '-o', 'name')).stdout.split('\n').length;
    await garden.store.write({ name: 'test' }, async (tx) => {
      for (let n = 0; n < 501; n += 1) await tx.create('Bed', { name: `many ${n}` });
    });
    const names = (await accord('get', 'Bed', '-o', 'name')).stdout.split('\n');
    expect(new Set(names).size).toBe(before + 501);
  });

  test('alone shows the models that there are', async () => {
    const { stdout } = await accord('get');
    expect(stdout).toMatch(/^Rose +garden +garden\/roses/m);
  });

  test('of what is not there fails, and says so', async () => {
    expect(await accord('get', 'Bed/999999')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'accord: there is no Bed/999999\nSee what there is: accord get Bed',
    });
  });

  test('lets no text of an object write on the terminal', async () => {
    const bed = await created('Bed', `name:=${JSON.stringify('a\u001b[31m\nb\u202ec')}`);
    const { stdout } = await accord('get', bed);
    expect(stdout).toContain('a bc');
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(stdout).not.toMatch(/\u001b|\u202e/);
  });
});

describe('accord get --state', () => {
  test('shows what is in one of these states, of a model or of all', async () => {
    const rose = await created('Rose', 'name=stated', `bed=${await created('Bed', 'name=stated')}`);
    const ofAll = (await accord('get', '--state', 'error,waiting', '-o', 'name')).stdout.split('\n');
    expect(ofAll).toContain(rose);
    expect(ofAll.filter((name) => name.startsWith('Bed/'))).toEqual([]);
    expect((await accord('get', 'Bed', '--state', 'error')).stderr).toBe(
      'No Bed is error. `accord get Bed` lists all of them.',
    );
    expect((await accord('get', 'Bed', '--state', 'eror')).stderr).toContain('did you mean Error?');
  });

  test('sorts by a field', async () => {
    const names = (await accord('get', 'Rose', '--sort', '-name', '-o', 'json')).stdout;
    const { items } = JSON.parse(names) as { items: { name: string }[] };
    const found = items.map(({ name }) => name);
    expect(found.length).toBeGreaterThan(1);
    expect(found).toEqual(found.toSorted().reverse());
  });
});

describe('accord delete', () => {
  test('refuses an object in use, and deletes what uses it when asked to', async () => {
    const bed = await created('Bed', 'name=used');
    const rose = await created('Rose', 'name=user', `bed=${bed}`);
    const refused = await accord('delete', bed);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`in use by ${rose}.*--cascade`, 's'));
    const done = await accord('delete', bed, '--cascade');
    expect(done).toMatchObject({
      exitCode: 0,
      stdout: `${bed} marked for deletion\n${rose} marked for deletion`,
    });
  });

  test('deletes nothing when one of the names is wrong', async () => {
    const bed = await created('Bed', 'name=stays');
    expect((await accord('delete', bed, 'Bed/999999')).exitCode).toBe(1);
    expect(await shown(bed)).toMatchObject({ deleted: false });
  });

  test('waits until what nobody acts on is gone', async () => {
    const bed = await created('Bed', 'name=gone');
    const { exitCode, stdout } = await accord('delete', bed, '--wait', '--timeout', '10s');
    expect([exitCode, stdout]).toEqual([0, `${bed} marked for deletion\n${bed} deleted`]);
  });
});

describe('accord sync', () => {
  test('makes objects due again', async () => {
    const rose = await created('Rose', 'name=pale', `bed=${await created('Bed', 'name=dry')}`);
    expect(await accord('sync', rose)).toMatchObject({
      exitCode: 0,
      stdout: `${rose} is to be synchronized`,
    });
    expect(await shown(rose)).toMatchObject({ generation: 2 });
  });

  test('asks for none when one of the names is wrong, and says why one cannot be', async () => {
    const bed = await created('Bed', 'name=plain');
    const rose = await created('Rose', 'name=lone', `bed=${bed}`);
    expect((await accord('sync', rose, 'Rose/999999')).exitCode).toBe(1);
    expect(await shown(rose)).toMatchObject({ generation: 1 });
    const refused = await accord('sync', bed);
    expect([refused.exitCode, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('no step is there for Bed');
  });

  test('only pretends, when asked to, and says how to go on for real', async () => {
    const bed = await created('Bed', 'name=stage');
    const rose = await created('Rose', 'name=actor', `bed=${bed}`);
    const ref = { model: 'Rose', id: Number(rose.split('/')[1]) };
    const running = accord('sync', rose, '--pretend', '--wait');
    await waitFor('the goal to grow', async () =>
      (await shown(rose))['generation'] === 2 ? true : undefined,
    );
    expect(await shown(rose)).toMatchObject({ pretend: true });
    const { fence, loaded } = await attemptsOn(garden.store).begin(ref);
    await recordPretended(garden.store.database, fence, { loaded, summary: null });
    const { exitCode, stdout, stderr } = await running;
    expect([exitCode, stdout]).toEqual([0, `${rose} is to be pretended\n${rose} pretended`]);
    expect(stderr).toContain(`For real: accord update ${rose} pretend=false`);
  });

  test('waits, when asked to, and fails when time is up', async () => {
    const rose = await created('Rose', 'name=slow', `bed=${await created('Bed', 'name=slow')}`);
    const { exitCode, stderr } = await accord('sync', rose, '--wait', '--timeout', '300ms');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`not synced within 0.3 s: ${rose}`);
  });
});

describe('accord wait', () => {
  test('ends when all are synced', async () => {
    const bed = await created('Bed', 'name=ready');
    expect(await accord('wait', bed)).toMatchObject({ exitCode: 0, stdout: `${bed} synced` });
  });

  test('fails when time is up, and says what each waits for', async () => {
    const bed = await created('Bed', 'name=bed of late');
    const rose = await created('Rose', 'name=late', `bed=${bed}`);
    const { exitCode, stdout, stderr } = await accord('wait', rose, bed, '--timeout', '300ms');
    expect([exitCode, stdout]).toEqual([1, `${bed} synced`]);
    expect(stderr).toMatch(
      new RegExp(
        `^⧗ ${rose} late  Waiting .*\nnot synced within 0.3 s: ${rose}\nTo see why:  accord why ${rose}$`,
      ),
    );
  });

  test('for deletion ends when there is no such object', async () => {
    expect(await accord('wait', 'Bed/999999', '--for', 'deleted')).toMatchObject({
      exitCode: 0,
      stdout: 'Bed/999999 deleted',
    });
  });

  test('for what will not come fails at once', async () => {
    const { exitCode, stderr } = await accord('wait', 'Bed/999999');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is gone, and will not be synced');
  });
});

describe('accord why', () => {
  test('says what an object waits for, and what one can do', async () => {
    const rose = await created('Rose', 'name=whywhy', `bed=${await created('Bed', 'name=whywhy')}`);
    const { exitCode, stdout } = await accord('why', 'Rose/whywhy');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^⧗ ${rose} whywhy   Waiting, \\d+ seconds?$`)),
      '   about to be synchronized',
      '   No worker of synchronizer garden is alive: start one:  accord worker DIR',
    ]);
    const { stdout: json } = await accord('why', rose, '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ chain: [{ object: rose }], omitted: 0 });
  });
});

describe('accord pause', () => {
  test('holds objects, models and synchronizers, lists them, and says how to go on', async () => {
    const rose = await created('Rose', 'name=paused', `bed=${await created('Bed', 'name=paused')}`);
    const paused = await accord('pause', rose, 'Rose', '--synchronizer', 'garden', '--reason', 'a storm');
    expect(paused).toMatchObject({ exitCode: 0, stdout: `${rose} paused\nRose paused\ngarden paused` });
    expect(paused.stderr).toContain('To go on:  accord resume --synchronizer garden');
    expect(await shown(rose)).toMatchObject({ state: 'Paused' });
    const { stdout } = await accord('pause');
    expect(stdout).toMatch(new RegExp(`^object ${rose} +api +\\d+s +– +a storm$`, 'm'));
    const resumed = await accord('resume', rose, 'Rose', '--synchronizer', 'garden');
    expect(resumed.stdout).toBe(`${rose} resumed\nRose resumed\ngarden resumed`);
    expect((await accord('resume', rose)).stdout).toBe(`${rose} was not paused`);
    expect(await accord('pause')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('takes a span, or a time, and pauses nothing when one of the names is wrong', async () => {
    const rose = await created('Rose', 'name=timed', `bed=${await created('Bed', 'name=timed')}`);
    expect((await accord('pause', rose, '--until', '2h')).stdout).toMatch(/ paused until \d{4}-/);
    expect((await accord('pause', rose, '--until', '2999-01-31T18:00Z')).stdout).toBe(
      `${rose} paused until 2999-01-31T18:00:00.000Z`,
    );
    await accord('resume', rose);
    expect(await accord('pause', rose, '--until', 'later')).toMatchObject({ exitCode: 2 });
    expect((await accord('pause', rose, 'Rose/999999')).exitCode).toBe(1);
    expect(await shown(rose)).toMatchObject({ state: 'Waiting' });
    expect((await accord('resume')).exitCode).toBe(2);
  });
});

describe('accord watchers', () => {
  test('lists how they keep up and what they have given up, and has it delivered again', async () => {
    expect((await accord('watchers')).stderr).toBe('There are no watchers.');
    await garden.store.database.query(
      "insert into watchers (name, synchronizer, synchronizes, watched) values ('garden/watcher Bed', 'garden', '{Bed}', '[]')",
    );
    await garden.store.database.query(
      `insert into deliveries (watcher, object_id, model, event, changed, before, tries, error, parked)
       values ('garden/watcher Bed', 7, 'Bed', 'added', '{}', '{}', 5, 'HTTP 503', true)`,
    );
    const { exitCode, stdout, stderr } = await accord('watchers');
    expect([exitCode, stderr]).toEqual([
      0,
      "To deliver them again:  accord watchers retry 'garden/watcher Bed'",
    ]);
    expect(stdout).toMatch(/^garden\/watcher Bed +0 +1$/m);
    expect(stdout).toMatch(/^Bed\/7 +added +garden\/watcher Bed +\d+s +HTTP 503$/m);
    expect((await accord('status')).stdout).toContain('1 events were given up: accord watchers');

    const name = 'garden/watcher Bed';
    expect((await accord('watchers', 'retry', name)).stdout).toBe(`${name} is told 1 again`);
    expect((await accord('watchers', 'retry', name)).stdout).toBe(`${name} has given up nothing`);
    expect((await accord('watchers')).stdout).toMatch(/^garden\/watcher Bed +1 +0$/m);
    expect(await accord('watchers', 'retry', 'none')).toMatchObject({ exitCode: 1 });
    await garden.store.database.query('delete from watchers');
  });
});

describe('accord describe', () => {
  test('shows an object on one page, without its secrets', async () => {
    const bed = await created('Bed', 'name=paged', 'gate_code=hunter2');
    const rose = await created('Rose', 'name=on-a-page', `bed=${bed}`);
    const page = (await accord('describe', rose)).stdout;
    const masked = page.replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss').replaceAll(/\d+ seconds?|\b\d+s\b/g, 'N s');
    expect(masked.split('\n').map((line) => line.trimEnd())).toEqual([
      `⧗ ${rose} on-a-page   Waiting`,
      '  generation 1, enacted –, created N s ago',
      '',
      'Why',
      `  ⧗ ${rose} on-a-page   Waiting, N s`,
      '     about to be synchronized',
      '     No worker of synchronizer garden is alive: start one:  accord worker DIR',
      '',
      'Goal',
      '  name     on-a-page',
      '  thorns   –',
      '  version  –',
      `  bed_id   ${bed.split('/')[1] ?? ''}`,
      '',
      'Depends on',
      `  ✔ ${bed} paged   Synced   link bed`,
      '',
      'Events',
      expect.stringMatching(`^  hh:mm:ss  created +${rose} +by api$`),
    ]);
    const other = (await accord('describe', bed)).stdout;
    expect(other).toContain('(secret)');
    expect(other).not.toContain('hunter2');
    expect(other).toMatch(new RegExp(`Depended on by\n  ⧗ ${rose} on-a-page   Waiting   link bed`));
  });
});

describe('accord events', () => {
  test('shows what has happened, oldest first, to all or to some', async () => {
    const bed = await created('Bed', 'name=a');
    await accord('update', bed, 'name=b');
    await created('Bed', 'name=other');
    const { stdout, exitCode } = await accord('events', bed);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(`^\\d\\d:\\d\\d:\\d\\d  created +${bed} +by api$`),
      expect.stringMatching(`updated +${bed} +by api  name "a" → "b"$`),
    ]);
    const last = await accord('events', '--tail', '1', '-o', 'json');
    expect(JSON.parse(last.stdout)).toMatchObject({ kind: 'created', writer: 'api' });
  });
});

test('the token comes from --token or the environment, and its absence is explained', async () => {
  const guarded = await openGarden({ token: 'sesame' });
  try {
    await guarded.server.listen({ host: '127.0.0.1', port: 0 });
    const address = `127.0.0.1:${(guarded.server.server.address() as AddressInfo).port}`;
    const get = ['get', '--server', address];
    expect((await run(get, { ACCORD_TOKEN: 'sesame' })).exitCode).toBe(0);
    expect((await run([...get, '--token', 'sesame'])).exitCode).toBe(0);
    const file = join(await temporaryFolder(), 'token');
    await writeFile(file, 'sesame\n');
    expect((await run(get, { ACCORD_TOKEN: '', ACCORD_TOKEN_FILE: file })).exitCode).toBe(0);
    const unread = await run(get, { ACCORD_TOKEN_FILE: `${file}.gone` });
    expect([unread.exitCode, unread.stderr]).toEqual([
      2,
      expect.stringContaining(`ACCORD_TOKEN_FILE names ${file}.gone, which cannot be taken: ENOENT`),
    ]);
    const { exitCode, stderr } = await run(get, { ACCORD_TOKEN: 'wrong' });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Give it with --token or ACCORD_TOKEN.')]);
  } finally {
    await guarded.close();
  }
});
