import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { hostileValues } from './hostile-values.ts';
import { ansible, createBench, play, type Bench } from './playbooks.ts';

/** Values in the three places where playbooks use them: alone, within a text, within a structure. */
interface Arrived {
  readonly alone: string[];
  readonly within: string[];
  readonly bytes: string[];
  readonly nested: unknown;
}

const arrived = (outputs: Readonly<Record<string, unknown>>, count: number): Arrived => {
  const all = (prefix: string): string[] =>
    Array.from({ length: count }, (_, index) => String(outputs[`${prefix}${index}`]));
  return { alone: all('a'), within: all('w'), bytes: all('b'), nested: outputs['nested'] };
};

const expected = (values: readonly string[]): Arrived => {
  // What a database cannot store of what a playbook reports is replaced; the bytes tell that it had arrived.
  const reported = values.map((value) => value.replaceAll('\u0000', '\uFFFD'));
  return {
    alone: reported,
    within: reported.map((value) => `<${value}>`),
    bytes: values.map((value) => Buffer.from(value).toString('base64')),
    nested: { list: reported, [PATH_KEY]: { deep: [[reported[0]]] } },
  };
};

/** A key may hold anything but what Ansible takes for its own. */
const PATH_KEY = '{{ 7 * 7 }} : - "';

const CANARIES = 'canaries';

async function hostileBench(): Promise<{
  bench: Bench;
  values: string[];
  happened: () => Promise<string[]>;
}> {
  const bench = await createBench();
  await bench.write(`../${CANARIES}/.keep`, '');
  const folder = join(bench.folder, CANARIES);
  return {
    bench,
    values: hostileValues(join(folder, 'touched')),
    happened: async () => (await readdir(folder)).filter((name) => name !== '.keep'),
  };
}

const nestedOf = (values: readonly string[]): unknown => ({
  list: values,
  [PATH_KEY]: { deep: [[values[0]]] },
});

describe('a hostile value', { timeout: 120_000 }, () => {
  test('arrives as it is in a plain playbook, and nothing happens', async () => {
    const { bench, values, happened } = await hostileBench();
    expect(values.length).toBeGreaterThanOrEqual(200);
    const lines = values.flatMap((_, index) => [
      `    a${index}: "{{ v${index} }}"`,
      `    w${index}: "<{{ v${index} }}>"`,
      `    b${index}: "{{ v${index} | b64encode }}"`,
    ]);
    const text = play(`- set_stats:\n    data:\n  ${lines.join('\n  ')}\n      nested: "{{ nested }}"`);
    const named = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
    const { outputs } = await bench.run(text, { variables: { ...named, nested: nestedOf(values) } });
    expect(arrived(outputs, values.length)).toEqual(expected(values));
    expect(await happened()).toEqual([]);
  });

  test('arrives as it is in a templated playbook, and nothing happens', async () => {
    const { bench, values, happened } = await hostileBench();
    const text = `- hosts: localhost
  gather_facts: false
  tasks:
    - set_stats:
        data:
{% for value in values %}
          a{{ loop.index0 }}: {{ value }}
          w{{ loop.index0 }}: <{{ value }}>
          b{{ loop.index0 }}: "{% raw %}{{ values[{% endraw %}{{ loop.index0 }}{% raw %}] | b64encode }}{% endraw %}"
{% endfor %}
          nested: {{ nested }}
`;
    const { outputs } = await bench.run(text, { variables: { values, nested: nestedOf(values) } });
    expect(arrived(outputs, values.length)).toEqual(expected(values));
    expect(await happened()).toEqual([]);
  });

  test('arrives byte by byte in files, by template and by copy', async () => {
    const { bench, values, happened } = await hostileBench();
    const some = values.filter((value) => value.length < 1000).join('\u0001');
    await bench.write('all.j2', '{{ value }}');
    const target = join(bench.folder, 'out');
    const text = play(`
- copy: {content: "{{ value }}", dest: "${target}.copy"}
- template: {src: all.j2, dest: "${target}.template"}`);
    await bench.run(text, { variables: { value: some } });
    const hash = async (name: string): Promise<string> => (await execa('md5sum', [name])).stdout.slice(0, 32);
    await writeFile(`${target}.expected`, some);
    expect(await hash(`${target}.copy`)).toBe(await hash(`${target}.expected`));
    expect(await hash(`${target}.template`)).toBe(await hash(`${target}.expected`));
    expect(await happened()).toEqual([]);
  });

  test('is not evaluated by a condition either', async () => {
    const { bench, values, happened } = await hostileBench();
    const lookup = values[0] ?? '';
    const text = play('- {debug: {msg: x}, when: condition, ignore_errors: true}');
    await bench.run(text, { variables: { condition: lookup.replaceAll(/\{\{ | \}\}/g, '') } });
    expect(await happened()).toEqual([]);
  });
});

describe('the same table catches the naive way', { timeout: 180_000 }, () => {
  const naive = async (bench: Bench, text: string, variables: object): Promise<void> => {
    const playbook = await bench.write('naive.yaml', text);
    await writeFile(join(bench.folder, 'naive.json'), JSON.stringify(variables));
    const python = `ansible_python_interpreter=${ansible.python}`;
    const options = { cwd: bench.folder, env: { LC_ALL: 'C.UTF-8' }, reject: false } as const;
    await execa(
      ansible.playbook,
      ['-i', 'localhost,', '-c', 'local', '-e', python, '-e', '@naive.json', playbook],
      options,
    );
  };

  test('of plain extra-vars: a lookup runs', async () => {
    const { bench, values, happened } = await hostileBench();
    await naive(bench, play('- debug: {msg: "{{ value }}"}'), { value: values[0] });
    expect(await happened()).toEqual(['touched']);
  });

  test('of values in the text: a task is added', async () => {
    const { bench, values, happened } = await hostileBench();
    const value = values.find((candidate) => candidate.includes('\n    - command: touch')) ?? '';
    const text = play('- debug:\n    msg: "VALUE"').replace('VALUE', () => value);
    await naive(bench, text, {});
    expect(await happened()).toEqual(['touched']);
  });
});
