import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planOffline } from '../../cli/plan-offline.ts';
import { processTerminal } from '../../cli/terminal.ts';
import { temporaryFolder } from '../support/folder.ts';

async function run(content: string): Promise<{ exitCode: number; out: string; note: string }> {
  const file = join(await temporaryFolder(), 'plan.json');
  await writeFile(file, content);
  const said = { out: '', note: '' };
  const exitCode = await planOffline(file, {
    ...processTerminal({}),
    out: (text) => (said.out += text),
    note: (text) => (said.note += text),
  });
  return { exitCode, ...said };
}

describe('accord plan --offline', () => {
  const two = (up: number) => [
    { model: 'N', id: 1, deleted: false, links: { up } },
    { model: 'N', id: 2, deleted: false, links: { up: null } },
  ];
  const model_deps = { N: [['N', 'up', 'below']] };

  test('prints edges and cohorts as JSON', async () => {
    const { exitCode, out } = await run(JSON.stringify({ model_deps, objects: two(1), deletion: false }));
    expect([exitCode, JSON.parse(out)]).toEqual([0, { edges: [[0, 1]], cohorts: [[1, 0]] }]);
  });

  test('names a circle, and exits with 1', async () => {
    const [first, second] = two(1);
    const objects = [first, { ...second, links: { up: 0 } }];
    const { exitCode, out, note } = await run(JSON.stringify({ model_deps, objects }));
    expect([exitCode, out]).toEqual([1, '']);
    expect(note).toContain('N/1 → N/2 → N/1');
  });

  test.each([
    ['no JSON', '{', /cannot be read as JSON/],
    ['a link to nowhere', JSON.stringify({ model_deps, objects: two(7) }), /up leads to 7/],
  ])('says in a sentence what it cannot use, and exits with 2: %s', async (_, content, sentence) => {
    const { exitCode, out, note } = await run(content);
    expect([exitCode, out]).toEqual([2, '']);
    expect(note).toMatch(sentence);
  });
});
