import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOffline } from '../../cli/plan-offline.ts';
import type { ApiObject } from '../../client/wire.ts';
import { hostileValues, HOSTILE_JSON, HOSTILE_NAMES } from '../backend/hostile-values.ts';
import { openGarden, type Garden } from '../server/garden.ts';
import { temporaryFolder } from '../support/folder.ts';
import { accordOnTerminal } from '../support/pseudo-terminal.ts';
import { accord as run, recorder, type Finished } from './recorder.ts';

/** Many commands, on a machine that may be slow. */
const PATIENCE = { timeout: 300_000 };
const VALUES = [...new Set([...hostileValues('/nowhere'), ...HOSTILE_NAMES])];
/** Those that are taken for words of a command: one of each kind will do, and the longest. */
const WORDS = [
  ...HOSTILE_NAMES,
  '{{ lookup("pipe", "id") }}',
  '0123',
  'x'.repeat(100_000),
  '\n'.repeat(5_000),
];
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
const KEPT = VALUES.filter(isStorable);

let garden: Garden;
let server: string;
beforeAll(async () => {
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
});
afterAll(() => garden.close());

// The server first: what comes after `--` is no option.
const accord = (...args: string[]): Promise<Finished> => run(['--server', server, ...args]);

async function done(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await accord(...args);
  expect([exitCode, stderr], args.join(' ').slice(0, 200)).toEqual([0, '']);
  return stdout;
}

/** Refused as people can read it: few lines, one for each of many faults, and nothing of the inside of the program. */
function expectRefusal({ exitCode, stdout, stderr }: Finished, what: string, faults = 1): void {
  expect([1, 2], what).toContain(exitCode);
  expect(stdout, what).toBe('');
  const lines = stderr.split('\n');
  expect(lines.length, what).toBeLessThan(faults + 8);
  expect(lines.length, what).toBeGreaterThanOrEqual(faults);
  for (const line of lines) expect(line.length, what).toBeLessThan(1_100);
  expect(stderr, what).toMatch(/\w+ \w+ \w+/);
  expect(stderr, what).not.toMatch(/^ +at |--verbose|cannot be reached|as an Accord server|call stack/m);
}

async function refused(faults: number, ...args: string[]): Promise<string> {
  const answer = await accord(...args);
  expectRefusal(answer, JSON.stringify(args).slice(0, 200), faults);
  return answer.stderr;
}

async function objects(model: string): Promise<readonly ApiObject[]> {
  return (JSON.parse(await done('get', model, '-o', 'json')) as { items: ApiObject[] }).items;
}

async function file(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'hostile.yaml');
  await writeFile(path, content);
  return path;
}

test('a hostile value is kept as it is, and is the same when it is applied again', PATIENCE, async () => {
  for (const [at, value] of VALUES.entries()) {
    const fields = [`name=v${at}`, `note=${value}`];
    if (isStorable(value)) await done('create', 'Bed', ...fields);
    else expect(await refused(1, 'create', 'Bed', ...fields)).toMatch(/note .*(NUL|Unicode)/);
  }
  // In a list, nothing may be empty.
  const tags = KEPT.filter((value) => value.trim() !== '');
  await done('update', 'Bed/v0', `tags:=${JSON.stringify(tags)}`);
  const kept = await objects('Bed');
  expect(kept.map(({ note }) => note)).toEqual(KEPT);
  expect(kept[0]?.['tags']).toEqual(tags);
  const again = await accord('apply', '-f', await file(await done('get', 'Bed', '-o', 'yaml')));
  expect(again.stderr).toBe(`Applied: 0 created, 0 updated, ${KEPT.length} unchanged.`);
});

test('hostile JSON is kept as it is, or refused and nothing is changed', PATIENCE, async () => {
  const bed = await done('create', 'Bed', 'name=json', '-o', 'name');
  const read = async () => JSON.parse(await done('get', bed, '-o', 'json')) as ApiObject;
  let before = await read();
  for (const json of HOSTILE_JSON)
    for (const field of ['note', 'area', 'tags']) {
      const answer = await accord('update', bed, `${field}:=${json}`);
      const after = await read();
      if (answer.exitCode === 0) expect(JSON.stringify(after[field])).toBe(JSON.stringify(JSON.parse(json)));
      else {
        expectRefusal(answer, `${field}:=${json}`.slice(0, 100));
        expect(after).toEqual(before);
      }
      before = after;
    }
});

test('a number that JSON does not know is not taken for nothing', async () => {
  const bed = await done('create', 'Bed', 'name=infinite', 'note=kept', '-o', 'name');
  for (const number of ['1e400', '-1e400', '[1e400]'])
    expect(await refused(1, 'update', bed, `note:=${number}`)).toMatch(/note holds -?Infinity/);
  for (const number of ['.inf', '-.inf', '.nan'])
    expect(
      await refused(1, 'apply', '-f', await file(`{model: Bed, name: infinite, note: ${number}}`)),
    ).toMatch(/object 1 holds (-?Infinity|NaN), which is no number in JSON/);
  expect(await done('get', bed, '-o', 'json')).toContain('"note": "kept"');
});

test('a hostile name means the object that is called so, and no other', PATIENCE, async () => {
  const isId = (name: string) => /^[1-9]\d{0,15}$/.test(name) && Number.isSafeInteger(Number(name));
  for (const [at, name] of WORDS.entries()) {
    const made = await accord('create', 'Bed', `name=${name}`, '-o', 'name');
    if (made.exitCode !== 0) {
      expectRefusal(made, name.slice(0, 100));
      await refused(1, 'get', `Bed/${name}`);
      await refused(1, 'create', 'Rose', `name=r${at}`, `bed=Bed/${name}`);
      continue;
    }
    const asked = await accord('get', `Bed/${name}`, '-o', 'name');
    if (isId(name)) expect(asked.stderr).toContain(`there is no Bed/${name}`);
    else expect(asked.stdout, name).toBe(made.stdout);
    const linked = await accord('create', 'Rose', `name=r${at}`, `bed=Bed/${name}`, '-o', 'json');
    // A list may have blanks between its parts: a name that is nothing else is to be given by its id.
    if (isId(name) || name.trim() === '') expectRefusal(linked, name);
    else expect(`Bed/${String((JSON.parse(linked.stdout) as ApiObject)['bed_id'])}`, name).toBe(made.stdout);
    const wish = await file(
      JSON.stringify({ model: 'Rose', name: `w${at}`, bed: name.includes('/') ? `Bed/${name}` : name }),
    );
    const wished = await accord('apply', '-f', wish);
    if (isId(name)) expectRefusal(wished, name);
    else {
      const rose = JSON.parse(await done('get', `Rose/w${at}`, '-o', 'json')) as ApiObject;
      expect(`Bed/${String(rose['bed_id'])}`, name).toBe(made.stdout);
    }
  }
});

test('hostile words of a command are refused, and nothing is stored', PATIENCE, async () => {
  const before = [await objects('Bed'), await objects('Rose')];
  await refused(WORDS.length, 'create', 'Bed', 'name=a', '--', ...WORDS);
  await refused(WORDS.length, 'create', 'Bed', 'name=a', '--', ...WORDS.map((word) => `${word}=1`));
  for (const word of WORDS) {
    await refused(1, 'create', '--', word, 'name=a');
    await refused(1, 'get', '--', `${word}/1`);
    if (word === '') continue;
    await refused(1, 'get', 'Bed', `--state=${word}`);
    await refused(1, 'get', 'Bed', `--sort=${word}`);
  }
  expect([await objects('Bed'), await objects('Rose')]).toEqual(before);
});

test('a file of hostile values is applied as it is, or refused as a whole', PATIENCE, async () => {
  const items = VALUES.map((note, at) => ({ model: 'Bed', name: `a${at}`, note }));
  const faults = (await accord('apply', '-f', await file(JSON.stringify(items)))).stderr;
  expect(faults).toContain(`${VALUES.length - KEPT.length} faults, nothing was stored`);
  expect(faults.match(/^ {2}items/gm)).toHaveLength(VALUES.length - KEPT.length);
  const fit = items.filter(({ note }) => isStorable(note));
  expect((await accord('apply', '-f', await file(dump(fit)))).exitCode).toBe(0);
  const notes = (await objects('Bed'))
    .filter(({ name }) => /^a\d/.test(String(name)))
    .map(({ note }) => note);
  expect(notes).toEqual(KEPT);
});

test('a file with hostile models, fields, links and documents is refused', PATIENCE, async () => {
  const before = [await objects('Bed'), await objects('Rose')];
  const all = (wish: (word: string) => object) => file(dump(WORDS.map(wish)));
  const count = WORDS.length;
  await refused(count, 'apply', '-f', await all((word) => ({ model: word, name: 'x' })));
  const fields = await all((word) => ({ model: 'Bed', name: 'x', [word]: 1 }));
  await refused(count, 'apply', '-f', fields);
  await refused(count, 'plan', '-f', fields);
  await refused(count, 'apply', '-f', await all((word) => ({ model: 'Rose', name: 'x', bed: `no ${word}` })));
  for (const word of WORDS) {
    await refused(1, 'apply', '-f', await file(word));
    await refused(1, 'apply', '-f', `./nowhere${word}`);
  }
  for (const json of HOSTILE_JSON) await refused(1, 'apply', '-f', await file(json));
  expect([await objects('Bed'), await objects('Rose')]).toEqual(before);
});

test(
  'plan --offline plans objects of hostile models, and says in a few lines what it cannot use',
  PATIENCE,
  async () => {
    const plan = async (content: unknown): Promise<Finished> => {
      const { terminal, written } = recorder();
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      const exitCode = await planOffline(await file(text), terminal);
      return { exitCode, ...written() };
    };
    const models = VALUES.filter((value) => value !== '');
    const chain = models.map((model, at) => ({ model, id: 1, links: { up: at === 0 ? null : at - 1 } }));
    // From entries, so that a model `__proto__` is one like any other.
    const deps = Object.fromEntries(models.map((model, at) => [model, [[models[at - 1] ?? 'None', 'up']]]));
    const planned = await plan({ model_deps: deps, objects: chain });
    expect([planned.exitCode, planned.stderr]).toEqual([0, '']);
    expect(JSON.parse(planned.stdout)).toEqual({
      edges: models.slice(1).map((_, at) => [at + 1, at]),
      cohorts: [models.map((_, at) => at)],
    });
    for (const word of WORDS) {
      const one = { model: 'A', id: 1 };
      expectRefusal(await plan({ [word]: 1 }), word);
      expectRefusal(await plan({ objects: [{ ...one, links: Object.fromEntries([[word, word]]) }] }), word);
      expectRefusal(await plan({ objects: [{ ...one, id: word }] }), word);
      expectRefusal(await plan({ model_deps: Object.fromEntries([[word, word]]), deletion: word }), word);
      if (word === '') continue;
      const circle = [1, 2].map((id) => ({ model: word, id, links: { a: 2 - id } }));
      const model_deps = Object.fromEntries([[word, [[word, 'a']]]]);
      expectRefusal(await plan({ model_deps, objects: circle }), word);
    }
    for (const json of HOSTILE_JSON) {
      // Some of them are a mapping of models, if of none that there is.
      const ofModels = await plan(`{"model_deps": ${json}}`);
      if (ofModels.exitCode !== 0) expectRefusal(ofModels, json);
      expectRefusal(await plan(`{"objects": [{"model": "A", "id": ${json}, "links": ${json}}, 1]}`), json);
    }
  },
);

test('a token that no header can hold is not taken for a server that is away', async () => {
  for (const token of ['a\nb', '\u001b[2J', '\u0000', '\u202e', '\ud800', '🚀'])
    expect(await refused(1, 'get', `--token=${token}`)).toContain('the token holds what no header can');
  // As `$(cat file)` would not, an environment file may leave its line end.
  await done('get', '--token', 'abc\r\n');
});

/** What acts on a terminal, besides ends of lines. */
const ACTING = /[^\P{Cc}\r\n]|[\u202a-\u202e\u2066-\u2069]/u;

/** What reads the lines of the terminal in this test takes these for ends of them, too. */
const LINE_ENDS = /[\u2028\u2029]/;

test('on a terminal, hostile values act on nothing, and JSON stays what it says', async () => {
  const tags = KEPT.filter((value) => value.trim() !== '' && value.length < 1_000 && !LINE_ENDS.test(value));
  const args = [
    'create',
    'Bed',
    'name=terminal',
    `tags:=${JSON.stringify(tags)}`,
    '-o',
    'json',
    '--server',
    server,
  ];
  const one = await accordOnTerminal(args);
  await one.drained;
  expect((await one.ended).code).toBe(0);
  expect(one.seen()).not.toMatch(ACTING);
  expect(JSON.parse(one.seen())).toMatchObject({ name: 'terminal', tags });
});
