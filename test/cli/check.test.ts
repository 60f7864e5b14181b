import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { check } from '../../cli/check.ts';
import { temporaryFolder } from '../support/folder.ts';

let printed: string[];
beforeEach(() => {
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => printed.push(text));
});
afterEach(() => vi.restoreAllMocks());

async function write(name: string, text: string): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, text);
  return file;
}

const json = async (...paths: string[]): Promise<{ code: number; output: unknown }> => {
  const code = await check(paths, { json: true });
  return { code, output: JSON.parse(printed.join('\n')) as unknown };
};

describe('accord check --json', () => {
  test('counts what is at the top level of each file, as given', async () => {
    const one = await write(
      'one.xproto',
      `option app_label = "one"; policy p < true > policy q < *p(b) -> b >
       enum E { A = 0; }
       message M::p (XOSBase) {
         required string a = 1 [max_length = 64];
         required manytoone b->Site:ms = 2:1100 [help_text = "where it is"];
         message Inner { required string c = 1; }
       }
       message N (M) { optional E e = 1; }
       extend N { optional bool f = 2; }`,
    );
    const two = await write('two.xproto', 'option app_label = "two"; message O (N) {}');
    const { code, output } = await json(one, two);
    expect(code).toBe(0);
    expect(output).toMatchObject({
      files: [
        { file: one, messages: 2, fields: 2, links: 1, policies: 2 },
        { file: two, messages: 1, fields: 0, links: 0, policies: 0 },
      ],
      diagnostics: [
        { severity: 'warning', code: 'rules-not-enforced' },
        { severity: 'warning', code: 'unused-rule' },
        { severity: 'warning', code: 'nested-message' },
      ],
    });
  });

  test('is printed all the same when there are errors, and the exit code is 1', async () => {
    const file = await write(
      'bad.xproto',
      'option app_label = "bad";\nmessage M (XOSBase) { required string a; }\n',
    );
    const { code, output } = await json(file);
    expect(code).toBe(1);
    expect(output).toMatchObject({
      files: [{ file, messages: 1 }],
      diagnostics: [{ severity: 'error', code: 'syntax', file, line: 2, column: 40, length: 1 }],
    });
  });

  test('says which files cannot be read', async () => {
    const file = join(await temporaryFolder(), 'absent.xproto');
    const { code, output } = await json(file);
    expect(code).toBe(1);
    expect(output).toMatchObject({ diagnostics: [{ code: 'unreadable-file', file }] });
  });
});

describe('accord check', () => {
  const LONG = 'option app_label = "a"; message A (XOSBase) { required string a = 1; }';

  test('warns of what is likely not meant, which fails with --strict alone', async () => {
    const file = await write('a.xproto', LONG);
    expect(await check([file], { json: false })).toBe(0);
    expect(printed.join('\n')).toMatch(
      /warning {2}`a` may be of any length\n.*\n.*\^ write `max_length = 256`/,
    );
    expect(await check([file], { json: false, strict: true })).toBe(1);
  });

  test('of a synchronizer names the models that nothing answers for, and playbooks that quote nothing', async () => {
    const folder = await temporaryFolder();
    const two = 'message A (XOSBase) {} message B (XOSBase) {} message C (XOSBase) {}';
    await writeFile(join(folder, 'a.xproto'), `option app_label = "a"; ${two}`);
    await writeFile(
      join(folder, 'synchronizer.ts'),
      'const s = step({ synchronizes: A }); const p = policy({ model: C });',
    );
    await mkdir(join(folder, 'playbooks'));
    await writeFile(
      join(folder, 'playbooks', 'p.yaml'),
      "- hosts: all\n  tasks:\n    - shell: 'echo {{ x }}'\n",
    );
    const { code, output } = await json(folder);
    expect(code).toBe(0);
    const { diagnostics } = output as { diagnostics: { code: string; message: string }[] };
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '`B` has neither step nor policy: its objects are clean with every write',
      expect.stringContaining('shell') as string,
    ]);
  });

  test('names models that depend on each other in a circle, where they do', async () => {
    const file = await write(
      'c.xproto',
      `option app_label = "c";
       message A (XOSBase) { optional manytoone b->B = 1; }
       message B (XOSBase) { optional manytoone a->A = 1; }`,
    );
    const { output } = await json(file);
    expect(output).toMatchObject({
      diagnostics: [{ severity: 'warning', code: 'dependency-cycle', line: 2, column: 49, length: 1 }],
    });
    expect(JSON.stringify(output)).not.toContain('feedback');
  });

  test('takes the folder of a synchronizer for the xproto in it', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'models'));
    await writeFile(join(folder, 'a.xproto'), 'option app_label = "a"; message A (XOSBase) {}');
    await writeFile(join(folder, 'models', 'b.xproto'), 'option app_label = "b"; message B (A) {}');
    expect(await check([folder], { json: false })).toBe(0);
    expect(printed.at(-1)).toBe(
      '2 files: 2 messages, 0 fields, 0 links, 0 access rules; 0 errors, 0 warnings',
    );
  });

  test('shows each fault below its line', async () => {
    const file = await write('bad.xproto', 'option app_label = "bad"; message M (XOSBse) {}');
    expect(await check([file], { json: false })).toBe(1);
    expect(printed.join('\n')).toMatch(/\^{6}.* did you mean XOSBase\?/);
  });

  test('of a core file of one`s own takes it for Accord`s', async () => {
    const file = await write(
      'core.xproto',
      'option app_label = "core"; message Tag (XOSBase) {} message Mine (Tag) {}',
    );
    expect(await check([file], { json: false })).toBe(0);
  });
});
