import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { linkModels } from '../../model/link.ts';
import { lintModels } from '../../model/lint.ts';
import { parseXproto } from '../../model/parse.ts';

const CORE = readFileSync(new URL('../../model/core.xproto', import.meta.url), 'utf8');

/** What is said of the members of a model: severity, code, and the text that it points at. */
function said(members: string, around = ''): string[] {
  const text = `option app_label = "own";\nmessage M (XOSBase) { ${members} }\n${around}`;
  const trees = [parseXproto('core.xproto', CORE).tree, parseXproto('own.xproto', text).tree];
  const { models, rules, diagnostics } = linkModels(trees);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const lines = text.split('\n');
  return lintModels(trees.slice(1), models, rules).map(({ severity, code, line, column, length, hint }) => {
    expect(hint).toBeDefined();
    return `${severity} ${code}: ${lines[line - 1]?.slice(column - 1, column - 1 + length) ?? ''}`;
  });
}

describe('a lint', () => {
  test.each([
    ['required string a = 1;', 'warning unbounded-text: a'],
    ['required string a = 1 [content_type = "url"];', 'warning unbounded-text: a'],
    ['required string a = 1 [content_type = "stripped"];', 'warning unbounded-text: a'],
    ['required string a = 1 [max_length = 0, blank = True];', 'warning zero-length: 0'],
    ['required string a = 1 [max_length = 255];', 'info odd-length: 255'],
    ['required string a = 1 [max_length = 1023];', 'info odd-length: 1023'],
    ['required bool a = 1 [null = True];', 'warning contradicting-option: null'],
    ['optional bool a = 1 [null = False];', 'warning contradicting-option: null'],
    ['required int32 a = 1 [text = True];', 'warning option-does-not-apply: text'],
    ['optional bool a = 1 [colour_of_the_bikeshed = 1];', 'info unread-option: colour_of_the_bikeshed'],
    ['required bool a = 1 [feedback_state = True];', 'warning required-feedback: a'],
    ['optional manytoone a->Site:ways = 1;', 'info no-reverse-number: ways'],
    ['required manytoone a->Site = 1;', 'info no-help-text: a'],
    ['optional manytoone a->Site = 1 [null = False];', 'warning contradicting-option: null'],
  ])('is said of `%s`', (member, expected) => {
    expect(said(member)).toEqual([expected]);
  });

  test.each([
    ['pattern = "playbok"', ['error bad-pattern: "playbok"']],
    ['redy_when = "site.name"', ['warning unknown-option: redy_when']],
    ['pattern = "mirror"; option rest_url = "http://a/{id}"', ['error bad-pattern: "mirror"']],
    ['rest_url = "a/{id}"', ['error bad-pattern: "a/{id}"']],
    [
      'rest_url = "{env.A}/{nam}/{id"',
      ['error bad-pattern: "{env.A}/{nam}/{id"', 'error bad-pattern: "{env.A}/{nam}/{id"'],
    ],
    ['rest_url = "http://a/{site}"', ['error bad-pattern: "http://a/{site}"']],
    ['rest_url = "http://a/{backend_handle}"', ['error bad-pattern: "http://a/{backend_handle}"']],
    ['rest_create = "http://a"; option rest_url = "http://a/{backend_handle}"', []],
    ['rest_create = "http://a"; option rest_id = "name"', ['error bad-pattern: "name"']],
    ['rest_id = "handle"', ['error bad-pattern: "handle"', 'error bad-pattern: "handle"']],
    ['rest_find = "http://a?name={name}"', ['warning shared-resource: "http://a?name={name}"']],
    ['rest_find = "http://a"', ['warning shared-resource: "http://a"']],
    ['rest_find = "http://a?key={key}"', ['warning shared-resource: "http://a?key={key}"']],
    ['rest_find = "http://a?key={key}&name={name}"', []],
    ['rest_find = "http://a?name={name}&code={code}"', []],
    ['rest_find = "http://a?accord={id}"', []],
    ['rest_find = "http://a?nam={nam}"', ['error bad-pattern: "http://a?nam={nam}"']],
    [
      'ready_when = "site.name, site.nme, ste.name, site"',
      Array(3).fill('error bad-pattern: "site.name, site.nme, ste.name, site"') as string[],
    ],
    ['pick_default = "site.is_public, site.name=here"', []],
    [
      'pick_default = "site.name, must.name=x"',
      Array(2).fill('error bad-pattern: "site.name, must.name=x"') as string[],
    ],
    ['with_instance = "site"', Array(2).fill('error bad-pattern: "site"') as string[]],
    ['with_instance = "machine"', ['error bad-pattern: "machine"']],
    [
      'ready_when = "owner.backend_handle"; option verbose_name = "M"',
      ['error bad-pattern: "owner.backend_handle"'],
    ],
  ])('is said of `option %s`', (option, expected) => {
    const members = `option ${option};
      required string name = 1 [max_length = 64];
      optional manytoone site->Site:ms = 2:1001;
      required manytoone must->Site:musts = 3:1002 [help_text = "Where"];
      optional manytoone machine->Instance:ms = 4:1001;
      required string code = 5 [max_length = 64, unique = True];
      required string key = 6 [max_length = 64, unique_with = "name"];`;
    expect(said(members)).toEqual(expected);
  });

  test.each([
    'required string a = 1 [max_length = 254];',
    'required string a = 1 [max_length = 60];',
    'optional string a = 1 [text = True];',
    'optional string a = 1 [content_type = "date"];',
    `required string a = 1 [choices = "(('x', 'X'), ('y', 'Y'))"];`,
    'optional bool a = 1 [null = True, blank = True, db_index = True];',
    'required string a = 1 [max_length = 64, blank = True];',
    'optional string a = 1 [feedback_state = True, max_length = 64];',
    'optional manytoone a->Site:ways = 1:1100;',
    'optional manytoone a->Site:+ = 1;',
    'required manytoone a->Site = 1 [help_text = "where it is"];',
  ])('is not said of `%s`', (member) => {
    expect(said(member)).toEqual([]);
  });

  test('is said of an access rule that nothing names, and not of one that a rule or a model does', () => {
    const rules = 'policy p < True > policy q < *p(x) > policy r < *r(x) > message N::q (XOSBase) {}';
    expect(said('', rules)).toEqual(['warning unused-rule: r']);
  });
});
