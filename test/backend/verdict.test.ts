import { describe, expect, test } from 'vitest';
import type { PlaybookRequest } from '../../backend/run-playbook.ts';
import { runPlaybook } from '../../backend/run-playbook.ts';
import { ansible, createBench, play } from './playbooks.ts';

const unreachable = {
  inventory: { 'web-1': { ansible_host: '127.0.0.1', ansible_port: 1, ansible_user: 'nobody' } },
} as const;

interface Failure {
  readonly name: string;
  readonly text: string;
  readonly request?: Partial<PlaybookRequest>;
  readonly code: string;
  readonly sentence: RegExp;
}

const FAILURES: readonly Failure[] = [
  {
    name: 'a failed task',
    text: play('- {name: create_index, fail: {msg: "no room\\n on the disk"}}'),
    code: 'E_PLAYBOOK_FAILED',
    sentence: /^playbook playbook\.yaml failed at task «create_index» on localhost: no room on the disk$/,
  },
  {
    name: 'a command that fails',
    text: play('- command: sh -c "echo one >&2; echo two >&2; exit 3"'),
    code: 'E_PLAYBOOK_FAILED',
    sentence: /failed at task «command» on localhost: exit code 3: two$/,
  },
  {
    name: 'a failed item of a loop',
    text: play('- {name: each, fail: {msg: "not {{ item }}"}, loop: [a], when: item == "a"}'),
    code: 'E_PLAYBOOK_FAILED',
    sentence: /failed at task «each» on localhost: not a$/,
  },
  {
    name: 'a failure after a rescued one',
    text: play(`
- block: [{name: first, fail: {msg: one}}]
  rescue: [{name: second, fail: {msg: two}}]`),
    code: 'E_PLAYBOOK_FAILED',
    sentence: /failed at task «second» on localhost: two$/,
  },
  {
    name: 'an unreachable host',
    text: '- {hosts: all, gather_facts: false, tasks: [{name: touch, command: "true"}]}',
    request: unreachable,
    code: 'E_PLAYBOOK_UNREACHABLE',
    sentence: /could not reach web-1 at task «touch» on web-1: .*Connection refused/,
  },
  {
    name: 'no hosts',
    text: '- {hosts: elsewhere, tasks: [command: "true"]}',
    code: 'E_PLAYBOOK_NO_HOSTS',
    sentence: /ran nowhere: its hosts match none of the inventory$/,
  },
  {
    name: 'no tasks',
    text: '- {hosts: localhost, gather_facts: false, tasks: []}',
    code: 'E_PLAYBOOK_NO_HOSTS',
    sentence: /did nothing: no task ran on any host$/,
  },
  {
    name: 'broken YAML',
    text: '- hosts: localhost\n  tasks: [\n',
    code: 'E_PLAYBOOK_SYNTAX',
    sentence: /is not a valid playbook: .*YAML/,
  },
  {
    name: 'an unknown module',
    text: play('- no_such_module: {}'),
    code: 'E_PLAYBOOK_SYNTAX',
    sentence: /is not a valid playbook: .*no_such_module/,
  },
  {
    name: 'a missing role',
    text: '- {hosts: localhost, roles: [no_such_role]}',
    code: 'E_PLAYBOOK_SYNTAX',
    sentence: /is not a valid playbook: .*no_such_role/,
  },
  {
    name: 'an undefined variable in a task',
    text: play('- {name: show, debug: {msg: "{{ colour }}"}}'),
    code: 'E_PLAYBOOK_UNDEFINED',
    sentence: /failed at task «show» on localhost: .*'colour' is undefined/,
  },
  {
    name: 'an undefined variable in the play',
    text: '- {hosts: "{{ where }}", tasks: []}',
    code: 'E_PLAYBOOK_UNDEFINED',
    sentence: /cannot begin: .*'where' is undefined/,
  },
  {
    name: 'a vault without its password',
    text: `- hosts: localhost
  gather_facts: false
  vars:
    token: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      61626364
  tasks: [debug: {msg: "{{ token }}"}]`,
    code: 'E_PLAYBOOK_VAULT',
    sentence: /failed at task «debug» on localhost: .*no vault secrets found/,
  },
  {
    name: 'a template that is none',
    text: '- hosts: localhost\n{% for %}\n',
    code: 'E_PLAYBOOK_TEMPLATE',
    sentence: /cannot be rendered: line 2: /,
  },
  {
    name: 'a template with an unknown variable',
    text: '{% if true %}\n- hosts: {{ where }}\n{% endif %}\n',
    code: 'E_PLAYBOOK_UNDEFINED',
    sentence: /cannot be rendered: 'where' is undefined$/,
  },
  {
    name: 'a template that uses a value as a key',
    text: '{% if true %}\n- {{ key }}: localhost\n{% endif %}\n',
    request: { variables: { key: 'hosts' } },
    code: 'E_PLAYBOOK_TEMPLATE',
    sentence: /cannot be rendered: line 2: a value is used as a key$/,
  },
  {
    name: 'a template that changes a value after it was printed',
    text: '{% if true %}\n- hosts: {% filter upper %}{{ host }}{% endfilter %}\n{% endif %}\n',
    request: { variables: { host: 'localhost' } },
    code: 'E_PLAYBOOK_TEMPLATE',
    sentence: /cannot be rendered: a value is changed after it was printed/,
  },
  {
    name: 'a run that takes too long',
    text: play('- {name: sleepy, command: sleep 60}'),
    request: { timeoutMs: 2_500 },
    code: 'E_PLAYBOOK_TIMEOUT',
    sentence: /was killed after its 2\.5 s at task «sleepy»$/,
  },
  {
    name: 'a cancelled run',
    text: play('- command: sleep 60'),
    request: { signal: AbortSignal.abort() },
    code: 'E_PLAYBOOK_CANCELLED',
    sentence: /was cancelled$/,
  },
  {
    name: 'no Ansible',
    text: play('- command: "true"'),
    request: { ansible: { ...ansible, playbook: '/nonexistent/ansible-playbook' } },
    code: 'E_ANSIBLE',
    sentence: /cannot be run: .*ansible-playbook.*No such file/,
  },
  {
    name: 'no Python',
    text: play('- command: "true"'),
    request: { ansible: { ...ansible, python: '/nonexistent/python' } },
    code: 'E_ANSIBLE',
    sentence: /lost its supervisor: .*python.*ENOENT/,
  },
  {
    name: 'a host name that is a pattern',
    text: play('- command: "true"'),
    request: { variables: { instance_name: 'all:!web' } },
    code: 'E_PLAYBOOK_INVENTORY',
    sentence: /«all:!web» is no name for a host/,
  },
];

describe('a sentence tells of', { timeout: 180_000 }, () => {
  test.for(FAILURES)('$name', async ({ text, request, code, sentence }) => {
    const bench = await createBench();
    const error = await bench.fail(text, request);
    expect(error.message).toMatch(sentence);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/\n/);
  });

  test('a missing playbook', async () => {
    const { runDir } = await createBench();
    const signal = new AbortController().signal;
    const run = runPlaybook({
      ansible,
      playbook: '/none/sync.yaml',
      variables: {},
      runDir,
      signal,
      timeoutMs: 1000,
    });
    await expect(run).rejects.toThrow('playbook sync.yaml cannot be read from /none');
  });
});

describe('success', { timeout: 180_000 }, () => {
  test('is what a rescued and an ignored failure come to', async () => {
    const bench = await createBench();
    const { recap } = await bench.run(
      play(`
- block: [fail: {msg: one}]
  rescue: [debug: {msg: two}]
- {fail: {msg: three}, ignore_errors: true}`),
    );
    expect(recap).toContain('failed=0 skipped=0 rescued=1 ignored=1');
  });
});
