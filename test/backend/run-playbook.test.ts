import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { PlaybookEvent } from '../../backend/playbook-events.ts';
import { ansible, createBench, play } from './playbooks.ts';

describe('a playbook', { timeout: 180_000 }, () => {
  test('publishes what set_stats says, and is summed up in one line', async () => {
    const bench = await createBench();
    const result = await bench.run(
      play('- set_stats: {data: {handle: "page {{ page }}", list: [1, {a: b}]}}\n- command: "true"'),
      { variables: { page: 7 } },
    );
    expect(result.outputs).toEqual({ handle: 'page 7', list: [1, { a: 'b' }] });
    expect(result.recap).toBe(
      'localhost : ok=2 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0',
    );
    expect(result.tasks.map(({ task, host, status }) => [task, host, status])).toEqual([
      ['set_stats', 'localhost', 'ok'],
      ['command', 'localhost', 'changed'],
    ]);
    expect(result.output).toContain('PLAY RECAP');
  });

  test('tells its events in order while it runs, without the data that it publishes', async () => {
    const bench = await createBench();
    const go = join(bench.folder, 'go');
    const events: PlaybookEvent[] = [];
    const onEvent = (event: PlaybookEvent): void => {
      events.push(event);
      // Only when the first task is known to us does the second come to its end.
      if (event.event === 'result' && event.task === 'first') void execa('touch', [go]);
    };
    const text = play(`
- {name: first, set_stats: {data: {token: hush}}}
- {name: second, wait_for: {path: ${go}, timeout: 20, sleep: 1}}`);
    await bench.run(text, { onEvent });
    expect(events.map(({ event }) => event)).toEqual(['play', 'task', 'result', 'task', 'result', 'stats']);
    expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 7]);
    expect(JSON.stringify(events)).not.toContain('hush');
  });

  test('publishes a number that JSON has no word for as text', async () => {
    const bench = await createBench();
    const text = play('- set_stats: {data: {lost: .nan, most: [.inf], least: {is: -.inf}, half: 0.5}}');
    const { outputs } = await bench.run(text);
    expect(outputs).toEqual({ lost: 'NaN', most: ['Infinity'], least: { is: '-Infinity' }, half: 0.5 });
  });

  test('tells when it was found that it cannot be rendered', async () => {
    const bench = await createBench();
    const events: PlaybookEvent[] = [];
    await bench.fail('- hosts: localhost\n{% for %}\n', { onEvent: (event) => events.push(event) });
    expect(events).toMatchObject([{ event: 'template_error', time: expect.any(Number) as number }]);
  });

  test('goes on when something else is written among its events', async () => {
    const bench = await createBench();
    const events: PlaybookEvent[] = [];
    const text = play(`
- shell: echo oops >> ${bench.runDir}/events.jsonl
- set_stats: {data: {handle: 7}}`);
    const { outputs } = await bench.run(text, { onEvent: (event) => events.push(event) });
    expect(outputs).toEqual({ handle: 7 });
    expect(events.filter(({ event }) => event === 'note')).toMatchObject([
      { text: 'line 3 of events.jsonl is left out: it is no event' },
    ]);
  });

  test('may print more than a text can hold: of that, the end is kept', async () => {
    const bench = await createBench();
    const { output } = await bench.run(play(`- command: truncate -s 600M ${bench.runDir}/output.txt`));
    expect([output.length, output.includes('PLAY RECAP')]).toEqual([1_000_000, true]);
  });

  test('finds its roles, and learns that it is to delete', async () => {
    const bench = await createBench();
    await bench.write('roles/tell/tasks/main.yaml', '- set_stats: {data: {deleting: "{{ delete }}"}}\n');
    const text = '- {hosts: localhost, gather_facts: false, roles: [tell]}\n';
    const { outputs, tasks } = await bench.run(text, { delete: true });
    expect(outputs).toEqual({ deleting: true });
    expect(tasks.map(({ task }) => task)).toEqual(['tell : set_stats']);
  });

  test('has what its synchronizer gives all of them: a configuration, a vault, templates', async () => {
    const bench = await createBench();
    const password = await bench.write('../password', 'sesame\n');
    await bench.write('../ansible.cfg', `[defaults]\nvault_password_file = ${password}\n`);
    await bench.write('../shared_templates/greeting.j2', '{{ word }} {{ token }}');
    const vault = join(dirname(ansible.playbook), 'ansible-vault');
    const env = { LC_ALL: 'C.UTF-8' };
    const args = ['encrypt', '--vault-password-file', password, '--output', '-'];
    const { stdout } = await execa(vault, args, { input: 'token: open\n', env });
    await bench.write('vars/secret.yaml', `${stdout}\n`);
    const target = join(bench.folder, 'target');
    const text = `- hosts: localhost
  gather_facts: false
  vars_files: [vars/secret.yaml]
  tasks: [template: {src: shared_templates/greeting.j2, dest: "${target}"}]
`;
    // The process that is kept warm has the configuration of its own start.
    await bench.run(text, { ansible, variables: { word: '{{ 7 * 7 }}' } });
    expect(await readFile(target, 'utf8')).toBe('{{ 7 * 7 }} open');
  });

  test('runs on this machine under the name of its object', async () => {
    const bench = await createBench();
    const text =
      '- {hosts: "{{ instance_name }}", connection: local, gather_facts: false, tasks: [command: "true"]}\n';
    const { recap } = await bench.run(text, { variables: { instance_name: 'web-1' } });
    expect(recap).toMatch(/^web-1 : ok=1 changed=1 /);
  });

  test('changes nothing in check mode, and tells what it would change', async () => {
    const bench = await createBench();
    const file = join(bench.folder, 'file');
    const text = play(`- copy: {content: "new text", dest: ${file}}`);
    const { tasks, output } = await bench.run(text, { check: true });
    expect(tasks.map(({ status }) => status)).toEqual(['changed']);
    expect(output).toContain('+new text');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('is only looked at when only its syntax is asked for', async () => {
    const bench = await createBench();
    const { tasks } = await bench.run(play('- fail: {}'), { syntaxOnly: true });
    expect(tasks).toEqual([]);
  });

  test('sees nothing of the environment that is not meant for it', async () => {
    const bench = await createBench();
    const text = play(
      `- set_stats: {data: {url: "{{ lookup('env', 'DATABASE_URL') }}", home: "{{ lookup('env', 'HOME') }}"}}`,
    );
    process.env['DATABASE_URL'] ??= 'postgres://secret';
    expect((await bench.run(text)).outputs).toEqual({ url: '', home: process.env['HOME'] });
  });

  test('leaves nothing temporary behind', async () => {
    const bench = await createBench();
    await bench.run(play(`- copy: {content: x, dest: ${join(bench.runDir, 'copied')}}`));
    await expect(stat(join(bench.runDir, 'scratch'))).rejects.toThrow('ENOENT');
  });
});

describe('no_log', { timeout: 180_000 }, () => {
  test('hides the result, the arguments and the name of a task, in events and in the error', async () => {
    const bench = await createBench();
    const events: PlaybookEvent[] = [];
    const text = play(`
- {name: "use {{ password }}", command: "echo {{ password }}", no_log: true}
- {name: "again {{ password }}", command: "sh -c 'echo {{ password }}; exit 3'", no_log: "{{ true }}"}`);
    const error = await bench.fail(text, {
      variables: { password: 'hunter2' },
      onEvent: (event) => events.push(event),
    });
    expect(error.message).toBe(
      'playbook playbook.yaml failed at a task with no_log on localhost: its result is hidden',
    );
    expect(JSON.stringify(events)).not.toContain('hunter2');
    // Ansible prints the name, and censors the rest.
    expect(error.output).not.toContain('hunter2');
    expect(error.output).toContain('TASK [a task with no_log]');
    expect(await readFile(join(bench.runDir, 'result.json'), 'utf8')).not.toContain('hunter2');
  });
});
