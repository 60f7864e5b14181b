import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseModelDeps } from '../../plan/model-deps.ts';

const depsOf = (text: string): Record<string, unknown> => {
  const { deps, faults } = parseModelDeps(text);
  expect(faults).toEqual([]);
  return Object.fromEntries(deps);
};

describe('model-deps', () => {
  test('are read in the form of the document, over several lines, with leading comments', () => {
    const text = `# who needs whom
# (edit this file)
{
  "Color": [
  ],
  "Page": [
    ["Color", "foreground_color",
  "pages_in_it"],
    ["Site", "owner.site", "owner.pages"]
  ]
}`;
    expect(depsOf(text)).toEqual({
      Color: [],
      Page: [
        { dest: 'Color', accessor: 'foreground_color', reverse: 'pages_in_it', isGuess: false },
        { dest: 'Site', accessor: 'owner.site', reverse: 'owner.pages', isGuess: false },
      ],
    });
  });

  test('are read in the plain form, and in the block style of YAML', () => {
    expect(depsOf('{"Page": ["Color", "Site"]}')).toEqual(depsOf('Page:\n- Color\n- Site\n'));
    expect(depsOf('{"Page": ["Color"]}')).toEqual({ Page: [{ dest: 'Color', isGuess: false }] });
  });

  test.each(['', 'fake_accessor'])('take the accessor %j for a dependency on every object', (accessor) => {
    expect(depsOf(JSON.stringify({ Page: [['Color', accessor, '']] }))).toEqual({
      Page: [{ dest: 'Color', isGuess: true }],
    });
  });

  test('are read where tabs indent them', () => {
    expect(depsOf('{\n\t"Page": [\n\t\t["Color", ""]\n\t]\n}')).toEqual({
      Page: [{ dest: 'Color', isGuess: true }],
    });
  });

  test('may be empty', () => {
    expect([depsOf('{}'), depsOf(''), depsOf('# nothing\n'), depsOf('Color:')]).toEqual([
      {},
      {},
      {},
      { Color: [] },
    ]);
  });

  test('say all that is wrong with them at once', () => {
    const text = JSON.stringify({
      A: 'B',
      C: [['D', 'd', 'cs'], 3, [], ['D', 7], ['D', 'd..e'], ['D', 'd', 'cs', 'more'], ['', 'd']],
      E: ['Color', 'foreground_color', 'pages'],
    });
    expect(parseModelDeps(text).faults).toEqual([
      'A: "B" is no list of dependencies',
      'C, dependency 2: 3 is neither a model name nor [model, accessor, reverse accessor]',
      'C, dependency 3: [] is neither a model name nor [model, accessor, reverse accessor]',
      'C, dependency 4: ["D",7] is neither a model name nor [model, accessor, reverse accessor]',
      'C, dependency 5: ["D","d..e"] is neither a model name nor [model, accessor, reverse accessor]',
      'C, dependency 6: ["D","d","cs","more"] is neither a model name nor [model, accessor, reverse accessor]',
      'C, dependency 7: ["","d"] is neither a model name nor [model, accessor, reverse accessor]',
      'E: ["Color","foreground_color","pages"] looks like one dependency; ' +
        'a list of them is wanted: [["Color","foreground_color","pages"]]',
    ]);
  });

  test.each([
    ['a bracket too many', '{"A": ["B", "c"]\n ]}', /^not readable as YAML: .*\(2:/s],
    ['a model twice', '{"A": [], "A": []}', /^not readable as YAML: duplicate/],
    ['a list', '["A"]', /is no mapping of models to their dependencies/],
    ['a text', 'A', /"A" is no mapping/],
    ['a model that would be a prototype', '{"__proto__": 3}', /__proto__: 3 is no list/],
  ])('are refused in a sentence when they hold %s', (_, text, fault) => {
    expect(parseModelDeps(text).faults).toEqual([expect.stringMatching(fault)]);
  });

  test('of opencord are read without a fault', (context) => {
    const folder = new URL('../../../shared/corpus/model-deps/', import.meta.url);
    if (!existsSync(folder)) return context.skip('the corpus is not here');
    const files = readdirSync(folder);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) depsOf(readFileSync(new URL(file, folder), 'utf8'));
  });
});
