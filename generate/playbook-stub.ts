import type { TargetFile } from '../define/target.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { stepStem } from './stub-names.ts';

/** Write a playbook with its two roles: one makes, one removes. So far what they make is a file. */
export function playbookStub(model: ModelDefinition): TargetFile[] {
  const stem = model.name.toLowerCase();
  const play = `---
- name: ${scalar(`${untemplated(model.verboseName)} {{ instance_name }}`)}
  hosts: '{{ instance_name }}'
  connection: local
  gather_facts: false
  roles:
    - role: create_${stem}
      when: not delete | default(false)
    - role: remove_${stem}
      when: delete | default(false)
`;
  const create = `---
- name: Create the folder
  ansible.builtin.file:
    path: '{{ mirror }}'
    state: directory
    mode: '0755'

- name: Write what is wanted
  ansible.builtin.copy:
    content: '{{ attributes | to_nice_json }}'
    dest: '{{ mirror }}/{{ instance_name }}.json'
    mode: '0644'

- name: Tell where it is
  ansible.builtin.set_stats:
    data:
      backend_handle: '{{ mirror }}/{{ instance_name }}.json'
`;
  const remove = `---
- name: Remove what was written
  ansible.builtin.file:
    path: '{{ mirror }}/{{ instance_name }}.json'
    state: absent
`;
  return [
    { path: `playbooks/${stepStem(model.name)}.yaml`, text: play },
    { path: `playbooks/roles/create_${stem}/tasks/main.yaml`, text: create },
    { path: `playbooks/roles/remove_${stem}/tasks/main.yaml`, text: remove },
  ];
}

/** Text that Ansible evaluates nothing of: without what begins a template, or says what does (`#jinja2:`). */
function untemplated(text: string): string {
  return text.replaceAll(/\{(?=[{%#])/g, '').replace(/^[\s#]+/, '');
}

/** Text in YAML's single quotes, on one line. */
function scalar(text: string): string {
  return `'${text.replaceAll(/\s+/g, ' ').replaceAll("'", "''")}'`;
}
