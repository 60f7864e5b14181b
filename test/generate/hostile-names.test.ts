import { load } from 'js-yaml';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { playbookStub } from '../../generate/playbook-stub.ts';
import { policyStub } from '../../generate/policy-stub.ts';
import { ansibleStub, restStub, stepStub } from '../../generate/step-stub.ts';
import { watcherStub } from '../../generate/watcher-stub.ts';
import { model } from '../support/models.ts';

const PLACE = { door: '@accord-sync/accord', models: '../models.gen.ts' };
const OWN = { fields: [], links: [] };
const STUBS = [
  (name: string) => stepStub(named(name), OWN, PLACE),
  (name: string) => ansibleStub(named(name), OWN, PLACE),
  (name: string) => restStub(named(name), OWN, PLACE),
  (name: string) => policyStub(named(name), PLACE),
  (name: string) => watcherStub(named(name), PLACE),
];

const named = (verboseName: string) => model('Lamp', { verboseName });

describe('a verbose name', () => {
  test.each([
    'x */ evil(); /*',
    'x **//; evil(); /*',
    'x ***///; evil(); /*',
    'x *\n/ evil(); /*',
    'x\u2028*/ evil(); /*',
  ])('%j does not end the comment that it stands in', (name) => {
    for (const stub of STUBS) {
      // The outline of the code, without comments.
      const outline = (text: string): string =>
        ts.transpile(text, { removeComments: true, target: ts.ScriptTarget.ES2024 });
      expect(outline(stub(name))).toBe(outline(stub('lamp')));
    }
  });

  test.each([
    "{{ lookup('pipe', 'id') }}",
    '{% set x = 1 %}',
    '{# x #}',
    '{{{{ x }}}}',
    '{{{% set x = 1 %}',
    '{{{# x #}',
    "#jinja2:variable_start_string:'['",
    ' ##jinja2:x',
    "it's: [a, 'lamp'] # really",
  ])('%j is no template in the name of a play', (name) => {
    const [play] = playbookStub(named(name));
    const [{ name: title }] = load(play?.text ?? '') as [{ name: string }];
    expect(title.endsWith(' {{ instance_name }}')).toBe(true);
    expect(title.slice(0, -' {{ instance_name }}'.length)).not.toMatch(/\{[{%#]|^\s*#/);
  });
});
