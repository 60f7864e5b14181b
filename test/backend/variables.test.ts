import { describe, expect, test } from 'vitest';
import { asData } from '../../backend/variables.ts';
import { PlaybookError } from '../../backend/playbook-error.ts';

const refusal = (variables: Record<string, unknown>): string => {
  try {
    asData(variables);
  } catch (error) {
    if (error instanceof PlaybookError && error.code === 'E_PLAYBOOK_VARIABLES') return error.message;
    throw error;
  }
  throw new Error('accepted');
};

describe('variables', () => {
  test('carry every string as data, at any depth, and the rest as JSON', () => {
    expect(asData({ a: '{{ x }}', b: [1, 'c', { d: 'e', f: null, g: true }] })).toEqual({
      a: { __ansible_unsafe: '{{ x }}' },
      b: [1, { __ansible_unsafe: 'c' }, { d: { __ansible_unsafe: 'e' }, f: null, g: true }],
    });
  });

  test('leave out what is undefined, so that default() applies', () => {
    expect(asData({ a: undefined, b: { c: undefined } })).toEqual({ b: {} });
  });

  test('keep a key that JavaScript gives a meaning', () => {
    const value = JSON.parse('{"__proto__": "x"}') as unknown;
    expect(JSON.stringify(asData({ value }))).toBe('{"value":{"__proto__":{"__ansible_unsafe":"x"}}}');
  });

  const self: Record<string, unknown> = {};
  self['self'] = self;
  test.for([
    [
      'a name of Ansible',
      { ansible_python_interpreter: 'x' },
      "ansible_python_interpreter is Ansible's own name",
    ],
    ['a magic variable', { hostvars: 'x' }, 'hostvars is a name that Ansible gives a meaning'],
    ['our own', { delete: true }, 'delete is a name that Accord gives a meaning'],
    ['no name', { 'a b': 'x' }, '«a b» is no name for a variable'],
    ['an encoded value', { a: { __ansible_vault: 'x' } }, 'a has the key «__ansible_vault»'],
    [
      'an encoded value, deep',
      { a: [{ b: { __ansible_unsafe: 'x' } }] },
      'a[0].b has the key «__ansible_unsafe»',
    ],
    ['a lone surrogate', { a: ['\ud800'] }, 'a[0] holds half of a surrogate pair'],
    ['a lone surrogate in a key', { a: { '\udfff': 1 } }, 'a has a key that is no text'],
    ['not a number', { a: NaN }, 'a is NaN, which JSON does not have'],
    ['a big integer', { a: 1n }, 'a is a bigint, not JSON'],
    ['a date', { a: new Date(0) }, 'a is a Date, not JSON'],
    ['a function', { a: () => 1 }, 'a is a function, not JSON'],
    ['itself', { own: self }, 'nested deeper than 64 levels'],
  ] as const)('are refused when one is %s', ([, variables, reason]) => {
    expect(refusal(variables)).toContain(reason);
  });

  test('are refused with all their faults at once', () => {
    const message = refusal({ hostvars: 1, a: NaN, b: 1n });
    expect(message.split('; ')).toHaveLength(3);
  });
});
