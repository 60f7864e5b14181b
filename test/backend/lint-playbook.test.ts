import { describe, expect, test } from 'vitest';
import { lintPlaybook } from '../../backend/lint-playbook.ts';

const found = (text: string): string[] =>
  lintPlaybook('site.yaml', text).map(({ line, column, length, code }) => {
    const at = text.split('\n')[line - 1]?.slice(column - 1, column - 1 + length) ?? '';
    return `${code} ${line} ${at}`;
  });

describe('a variable in a command line is found', () => {
  test.for([
    ['of a shell', '- shell: echo {{ name }}', ['shell-with-variable 1 {{ name }}']],
    [
      'by its full name',
      '- ansible.builtin.shell: "echo {{ a }} {{ b }}"',
      ['shell-with-variable 1 {{ a }}', 'shell-with-variable 1 {{ b }}'],
    ],
    ['of a command', '- name: x\n  command: touch {{ name }}', ['command-with-variable 2 {{ name }}']],
    [
      'over several lines',
      '- shell: |\n    echo one\n    echo {{ name }}\n- debug: {msg: "{{ name }}"}',
      ['shell-with-variable 3 {{ name }}'],
    ],
    [
      'in cmd',
      '- shell:\n    cmd: echo {{ name }}\n    chdir: "{{ dir }}"',
      ['shell-with-variable 2 {{ name }}'],
    ],
    [
      'in cmd, over several lines',
      '- shell:\n    cmd: >-\n      echo {{ name }}\n    chdir: "{{ dir }}"',
      ['shell-with-variable 3 {{ name }}'],
    ],
    [
      'in an inline cmd',
      '- command: {cmd: "touch {{ name }}", chdir: "{{ dir }}"}',
      ['command-with-variable 1 {{ name }}'],
    ],
    ['in an action', '- local_action: shell echo {{ name }}', ['shell-with-variable 1 {{ name }}']],
    ['raw', '- raw: echo {{ name | default("x") }}', ['shell-with-variable 1 {{ name | default("x") }}']],
    [
      'in a templated playbook',
      '{% for n in names %}\n- shell: echo {{ n }}\n{% endfor %}',
      ['shell-with-variable 2 {{ n }}'],
    ],
    ['within braces', '- {name: x, shell: echo {{ a }}, when: "{{ b }}"}', ['shell-with-variable 1 {{ a }}']],
    [
      'within more braces',
      '- {name: x, command: {cmd: "echo {{ a }}", chdir: "{{ c }}"}, when: "{{ b }}"}',
      ['command-with-variable 1 {{ a }}'],
    ],
    ['when only some are quoted', '- shell: echo {{ a | quote }} {{ b }}', ['shell-with-variable 1 {{ b }}']],
  ] as const)('%s', ([, text, expected]) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('nothing is said of', () => {
  test.for([
    ['a quoted one', '- shell: echo {{ name | quote }} {{ x |quote}}'],
    ['argv', '- command: {argv: [touch, "{{ name }}"]}'],
    ['argv as a block', '- command:\n    argv:\n      - touch\n      - "{{ name }}"\n    chdir: "{{ dir }}"'],
    ['other modules', '- debug: {msg: "{{ name }}"}\n- copy:\n    content: "{{ name }}"'],
    ['other keys of the task', '- shell: echo hello\n  when: "{{ x }}"\n  environment: {A: "{{ name }}"}'],
    ['a command without variables', '- command: "true"'],
    [
      'a word that looks like one',
      '- debug: {msg: "shell: {{ x }}"}\n- my_shell: "{{ x }}"\n- set_fact: {shellx: "{{ y }}"}',
    ],
  ] as const)('%s', ([, text]) => {
    expect(found(text)).toEqual([]);
  });
});

test('a finding says what to write instead', () => {
  expect(lintPlaybook('site.yaml', '- shell: echo {{ name }}')).toEqual([
    {
      severity: 'warning',
      code: 'shell-with-variable',
      message: 'shell lets a shell execute what «name» holds',
      hint: 'write {{ name | quote }}',
      file: 'site.yaml',
      line: 1,
      column: 15,
      length: 10,
    },
  ]);
});
