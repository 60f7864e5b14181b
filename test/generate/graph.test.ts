import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ModelGraph } from '../../generate/graph.ts';
import { accord, type Finished } from '../cli/recorder.ts';
import { temporaryFolder } from '../support/folder.ts';

const CIRCLE = `option app_label = "own";
message A (XOSBase) { required manytoone b->B:as = 1:1001; optional manytoone f->C:fs = 2:1001; }
message B (XOSBase) { optional manytoone a->A:bs = 1:1001; optional manytoone c->C:bs = 2:1002; }
message C (XOSBase) { required string name = 1 [text = True]; }
`;

async function circle(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'own.xproto'), CIRCLE);
  await writeFile(join(folder, 'model-deps.yaml'), '{ "A": [["B", "b"]], "C": [["Site", ""]] }');
  return folder;
}

async function graph(...args: string[]): Promise<Finished> {
  return accord(['graph', await circle(), ...args]);
}

describe('accord graph', () => {
  test('says what depends on what and by which accessor, and which of it is a circle', async () => {
    const { stdout, stderr } = await graph('-o', 'json');
    const { nodes, edges, cycles } = JSON.parse(stdout) as ModelGraph;
    expect(nodes.map(({ model, declared }) => [model, declared])).toEqual([
      ['Site', false],
      ['A', true],
      ['B', true],
      ['C', true],
    ]);
    expect(edges).toEqual([
      { from: 'A', to: 'B', kind: 'dependency', accessor: 'b', by: 'link', cycle: true },
      { from: 'A', to: 'C', kind: 'link', accessor: 'f', cycle: false },
      { from: 'B', to: 'A', kind: 'dependency', accessor: 'a', by: 'link', cycle: true },
      { from: 'B', to: 'C', kind: 'dependency', accessor: 'c', by: 'link', cycle: false },
      { from: 'C', to: 'Site', kind: 'dependency', accessor: '', by: 'conservative', cycle: false },
    ]);
    expect(cycles).toEqual([['A', 'B']]);
    expect(stderr).toContain('models depend on each other in a circle: A → B → A');
  });

  test('draws circles in red', async () => {
    expect((await graph()).stdout).toContain('"A" -> "B" [label = "b", color = red, fontcolor = red];');
    expect((await graph('-o', 'mermaid')).stdout).toContain('linkStyle 0,2 stroke:red,color:red');
    const { stdout } = await graph('-o', 'svg');
    expect(stdout).toMatch(/^<svg xmlns/);
    expect(stdout.match(/stroke="#c62a2f"/g)).toHaveLength(2);
    expect(stdout.match(/<rect /g)).toHaveLength(4);
    expect(await graph('-o', 'svg')).toEqual(await graph('-o', 'svg'));
  });

  test('says what is wrong with the accord.yaml that names the dependencies, and draws without it', async () => {
    const folder = await circle();
    await writeFile(join(folder, 'accord.yaml'), 'name: own\ndependency_graph: [deps.yaml]\n');
    const { exitCode, stdout, stderr } = await accord(['graph', folder, '-o', 'mermaid']);
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining('accord.yaml: dependency_graph must be text, and not empty'),
    ]);
    expect(stdout).toContain('Site');
    await writeFile(join(folder, 'accord.yaml'), 'name: own\ndependency_graph: model-deps.yaml\n');
    expect((await accord(['graph', folder])).stderr).not.toContain('accord.yaml');
  });

  test('draws models alone without asking for an accord.yaml', async () => {
    expect((await graph()).stderr).not.toContain('accord.yaml');
  });

  test('knows its name in XOS, and no other format', async () => {
    expect((await accord(['dmdot', '/nowhere'])).exitCode).not.toBe(0);
    expect((await graph('-o', 'png')).exitCode).toBe(2);
  });
});
