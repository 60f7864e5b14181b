import { play } from './playbooks.ts';

/** A playbook with what lies beside it, and how it is called. */
export interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** @default ['site.yaml'] */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the warm way may not do, and why it says so. @default it is run warm */
  readonly cold?: RegExp;
}

const AWAY = 'web-9 ansible_host=127.0.0.1 ansible_port=1 ansible_user=nobody\n';

const EFFECTIVE_ROLE = {
  'site.yaml': `- hosts: localhost
  gather_facts: false
  vars: {greeting: hello}
  roles: [{role: page, title: "{{ greeting }} world"}]
`,
  'roles/page/defaults/main.yaml': 'title: none\nmode: "0640"\n',
  'roles/page/templates/page.j2': '<{{ title }}>\n',
  'roles/page/handlers/main.yaml': '- {name: reload, command: echo reloaded}\n',
  'roles/page/tasks/main.yaml': `
- template: {src: page.j2, dest: "{{ playbook_dir }}/page", mode: "{{ mode }}"}
  notify: reload
- meta: flush_handlers
- {command: "cat {{ playbook_dir }}/page", register: page, changed_when: false}
- {debug: {msg: "{{ page.stdout }}"}}
`,
};

/** A role whose plugins have the names of Ansible's own. */
const SHADOWING_ROLE = {
  'site.yaml': '- {hosts: localhost, gather_facts: false, roles: [own]}\n',
  'roles/own/action_plugins/command.py': `
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {'changed': False, 'msg': 'the action of the role'}
`,
  'roles/own/filter_plugins/own.py': `
class FilterModule:
    def filters(self):
        return {'b64encode': lambda text: 'the filter of the role'}
`,
  'roles/own/library/stat.py': `
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}).exit_json(msg='the module of the role')
`,
  'roles/own/tasks/main.yaml': `
- {command: "true", register: done}
- {debug: {msg: "{{ done.msg }}, {{ 'x' | b64encode }}"}}
- {stat: {}, register: told}
- {debug: {msg: "{{ told.msg }}"}}
`,
};

export const CASES: readonly Case[] = [
  { name: 'a command', files: { 'site.yaml': play('- command: echo hello') } },
  {
    name: 'variables, filters and lookups',
    files: {
      'site.yaml': play(`
- set_fact: {list: "{{ range(3) | map('string') | list }}"}
- debug: {msg: "{{ list | join('-') }} {{ 'a' | upper }} {{ {'b': 1} | to_json }} {{ lookup('env', 'LANG') }}"}
- assert: {that: ["list | length == 3", "'1' in list"]}`),
    },
  },
  { name: 'a failed task', files: { 'site.yaml': play('- fail: {msg: no}\n- debug: {msg: never}') } },
  { name: 'a failed command', files: { 'site.yaml': play('- command: sh -c "echo no >&2; exit 3"') } },
  {
    name: 'an unreachable host',
    files: { hosts: AWAY, 'site.yaml': '- {hosts: all, gather_facts: false, tasks: [command: "true"]}\n' },
    args: ['-i', 'hosts', 'site.yaml'],
  },
  {
    name: 'a host that is reached and one that is not',
    files: {
      hosts: `here ansible_connection=local ansible_python_interpreter=PYTHON\n${AWAY}`,
      'site.yaml': '- {hosts: all, gather_facts: false, tasks: [{command: "true"}, {debug: {msg: x}}]}\n',
    },
    args: ['-i', 'hosts', 'site.yaml'],
  },
  { name: 'broken YAML', files: { 'site.yaml': '- hosts: [\n' } },
  {
    name: 'a syntax check',
    files: { 'site.yaml': play('- fail: {}') },
    args: ['--syntax-check', 'site.yaml'],
  },
  { name: 'a missing playbook', files: {}, args: ['none.yaml'] },
  { name: 'an unknown module', files: { 'site.yaml': play('- no_such_module: {}') } },
  { name: 'an unknown parameter', files: { 'site.yaml': play('- debug: {mesage: x}') } },
  { name: 'an undefined variable', files: { 'site.yaml': play('- debug: {msg: "{{ none }}"}') } },
  { name: 'a broken template', files: { 'site.yaml': play('- debug: {msg: "{{ 1 + }}"}') } },
  {
    name: 'a vault without a password',
    files: { 'site.yaml': play('- debug: {msg: "{{ token }}"}'), 'vault.yaml': 'VAULT' },
    args: ['-e', '@vault.yaml', 'site.yaml'],
  },
  {
    name: 'a vault with its password',
    files: {
      'site.yaml': play('- debug: {msg: "{{ token }}"}'),
      'vault.yaml': 'VAULT',
      password: 'sesame\n',
    },
    args: ['-e', '@vault.yaml', '--vault-password-file', 'password', 'site.yaml'],
  },
  { name: 'an unknown option', files: { 'site.yaml': play('- debug: {}') }, args: ['--nosuch', 'site.yaml'] },
  { name: 'no hosts', files: { 'site.yaml': '- {hosts: nowhere, tasks: [debug: {}]}\n' } },
  {
    name: 'check and diff',
    files: {
      'site.yaml': play('- copy: {content: "new\\n", dest: "{{ playbook_dir }}/file"}'),
      file: 'old\n',
    },
    args: ['--check', '--diff', 'site.yaml'],
  },
  { name: 'a talkative run', files: { 'site.yaml': play('- command: "true"') }, args: ['-v', 'site.yaml'] },
  {
    name: 'a list of tasks',
    files: { 'site.yaml': play('- {name: a, debug: {}}\n- {name: b, debug: {}, tags: [x]}') },
    args: ['--list-tasks', 'site.yaml'],
  },
  {
    name: 'some tags',
    files: { 'site.yaml': play('- {debug: {msg: a}, tags: [x]}\n- {debug: {msg: b}, tags: [y]}') },
    args: ['--tags', 'y', 'site.yaml'],
  },
  {
    name: 'missing extra variables',
    files: { 'site.yaml': play('- debug: {}') },
    args: ['-e', '@none.json', 'site.yaml'],
  },
  { name: 'a role with defaults, templates and handlers', files: EFFECTIVE_ROLE },
  {
    name: 'a role with plugins of its own, named like those of Ansible',
    files: SHADOWING_ROLE,
    cold: /plugins of its own in .*roles\/own/,
  },
  {
    name: 'a rescue and an always',
    files: {
      'site.yaml': play(`
- block: [fail: {msg: one}]
  rescue: [debug: {msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.msg }}"}]
  always: [debug: {msg: two}]
- {fail: {msg: three}, ignore_errors: true}`),
    },
  },
  {
    name: 'loops and retries',
    files: {
      'site.yaml': play(`
- {command: "echo {{ item }}", loop: [a, b], register: said}
- {debug: {msg: "{{ said.results | map(attribute='stdout') }}"}}
- {command: "false", register: r, until: r is success, retries: 2, delay: 0}`),
    },
  },
  {
    name: 'included and imported tasks',
    files: {
      'site.yaml': play(`
- include_tasks: {file: more.yaml}
  vars: {x: 1}
- import_tasks: more.yaml
  vars: {x: 2}`),
      'more.yaml': '- debug: {msg: "more {{ x }}"}\n',
    },
  },
  {
    name: 'variables from files and groups',
    files: {
      hosts: '[web]\nhere ansible_connection=local ansible_python_interpreter=PYTHON\n',
      'group_vars/web.yaml': 'a: group\n',
      'host_vars/here.yaml': 'b: host\n',
      'vars.yaml': 'c: file\n',
      'site.yaml':
        '- {hosts: web, gather_facts: false, vars_files: [vars.yaml], tasks: [debug: {msg: "{{ a }} {{ b }} {{ c }}"}]}\n',
    },
    args: ['-i', 'hosts', 'site.yaml'],
  },
  {
    name: 'published data and secrets',
    files: {
      'site.yaml': play(`
- {set_stats: {data: {handle: x, list: [1]}}}
- {command: echo hush, no_log: true}
- {command: "sh -c 'echo hush; exit 1'", no_log: true}`),
    },
  },
  {
    name: 'facts',
    files: { 'site.yaml': '- {hosts: localhost, tasks: [debug: {msg: "{{ ansible_facts.system }}"}]}\n' },
  },
  {
    name: 'a user becoming itself',
    files: {
      'site.yaml': play('- {command: id -un, become: true, become_method: su, become_user: "{{ me }}"}'),
    },
    args: ['-e', 'me=USER', 'site.yaml'],
  },
  { name: 'a background task', files: { 'site.yaml': play('- {command: "true", async: 20, poll: 1}') } },
  {
    name: 'a free strategy on two hosts',
    files: {
      hosts: 'a\nb\n[all:vars]\nansible_connection=local\nansible_python_interpreter=PYTHON\n',
      'site.yaml':
        '- {hosts: all, gather_facts: false, serial: 1, strategy: free, tasks: [command: "true"]}\n',
    },
    args: ['-i', 'hosts', 'site.yaml'],
  },
  {
    name: 'a deprecated way of writing',
    files: {
      'site.yaml': play('- {debug: {msg: x}, when: "{{ true }}"}\n- {debug: {msg: y}, when: "{{ true }}"}'),
    },
  },
  {
    name: 'a configuration of its own',
    files: {
      'site.yaml': play('- debug: {msg: x}'),
      'ansible.cfg': '[defaults]\nstdout_callback = oneline\n',
    },
    cold: /its configuration differs/,
  },
  {
    name: 'an environment of its own',
    files: { 'site.yaml': play('- debug: {msg: x}') },
    env: { ANSIBLE_STDOUT_CALLBACK: 'oneline' },
    cold: /its configuration differs/,
  },
  {
    name: 'a collection beside it',
    files: {
      'site.yaml': play('- debug: {msg: "{{ 1 | our.own.twice }}"}'),
      'collections/ansible_collections/our/own/plugins/filter/twice.py':
        'class FilterModule:\n    def filters(self):\n        return {"twice": lambda x: 2 * x}\n',
    },
    cold: /plugins of its own in .*collections/,
  },
];
