import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGarden, type Garden } from '../server/garden.ts';
import { accord as run } from './recorder.ts';

let garden: Garden;
let server: string;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'accord-apply-'));
  garden = await openGarden();
  await garden.server.listen({ host: '127.0.0.1', port: 0 });
  server = `127.0.0.1:${(garden.server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await garden.close();
  await rm(folder, { recursive: true });
});

const accord = (...args: string[]) => run([...args, '--server', server]);
let files = 0;
async function file(text: string): Promise<string> {
  const path = join(folder, `${(files += 1)}.yaml`);
  await writeFile(path, text);
  return path;
}

describe('accord apply', () => {
  test('brings about what files want, many documents and lists alike; twice changes nothing', async () => {
    const yaml = await file('model: Bed\nname: y1\n---\n- {model: Rose, name: yr, bed: Bed/j1}\n---\n');
    const json = await file('{"items": [{"model": "Bed", "name": "j1"}]}');
    const first = await accord('apply', '-f', yaml, json);
    expect(first.stdout).toMatch(/^Bed\/\d+ created\nRose\/\d+ created\nBed\/\d+ created$/);
    expect(first.stderr).toBe('Applied: 3 created, 0 updated, 0 unchanged.');
    const second = await accord('apply', '-f', yaml, '-f', json);
    expect([second.exitCode, second.stderr]).toEqual([0, 'Applied: 0 created, 0 updated, 3 unchanged.']);
  });

  test('says what would be done, and does nothing', async () => {
    const { stdout, stderr } = await accord(
      'apply',
      '--dry-run',
      '-f',
      await file('{model: Bed, name: maybe}'),
    );
    expect(stdout).toBe('Bed/maybe created (dry run)');
    expect(stderr).toContain('Nothing was stored. There would be 1 created');
    expect((await accord('get', 'Bed/maybe')).exitCode).not.toBe(0);
  });

  test('understands what `get -o yaml` prints', async () => {
    await accord('create', 'Bed', 'name=copied', 'tags=a,b', 'gate_code=x');
    const { stdout } = await accord('get', 'Bed/copied', '-o', 'yaml');
    const path = await file(stdout.replace('sunny: false', 'sunny: true'));
    expect((await accord('apply', '-f', path)).stdout).toMatch(/^Bed\/\d+ updated$/);
    expect((await accord('apply', '-f', path)).stdout).toMatch(/^Bed\/\d+ unchanged$/);
  });

  test.each([
    [
      'a file that is not there',
      '/nowhere.yaml',
      /there is no file \/nowhere.yaml: give a path as seen from/,
    ],
    ['what is no YAML', 'a: [', /\.yaml: .*\(/],
    [
      'an object without a model',
      '- {name: x}\n- 7\n',
      /object 1 has no `model`.*\n.*object 2 is no mapping/,
    ],
    ['an empty file', '', /there is no object in/],
  ])('does not understand %s', async (_name, text, says) => {
    const { exitCode, stderr } = await accord('apply', '-f', text.startsWith('/') ? text : await file(text));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(says);
  });

  test('shows every fault that the server finds', async () => {
    const path = await file('- {model: Bed, name: a, area: -1}\n- {model: Bed, name: b, aera: 1}\n');
    const { exitCode, stderr } = await accord('apply', '-f', path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /2 faults, nothing was stored:\n {2}items\[0\] \(Bed a\): area.*\n {2}items\[1\] \(Bed b\):.*did you mean area/,
    );
  });
});
