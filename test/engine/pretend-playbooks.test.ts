import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ansibleStep, instanceStep } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import { field, link, model } from '../support/models.ts';
import { createPlaybookLab, type PlaybookLab } from '../support/playbook-lab.ts';

const fields = [field('name', { maxLength: 50 })];
const MODELS = [
  model('Note', { fields }),
  model('Machine', { fields: [...fields, field('instance_name', { state: 'feedback', nullable: true })] }),
  model('Tenancy', { fields, links: [link('instance', 'Machine')] }),
];
const named = (name: string) => defineModel<string, { name: string }>(name);

let lab: PlaybookLab;
beforeAll(async () => {
  lab = await createPlaybookLab(MODELS, {
    Note: ansibleStep({
      synchronizes: named('Note'),
      templateName: 'note.yaml',
      getExtraAttributes: ({ name }) => ({ file: join(lab.folder, name) }),
      deleteRecord: { templateName: 'note.yaml' },
    }) as AnyStep,
    Machine: ansibleStep({
      synchronizes: named('Machine'),
      templateName: 'note.yaml',
      getExtraAttributes: ({ name }) => ({ file: join(lab.folder, name) }),
      deleteRecord: { templateName: 'note.yaml' },
    }) as AnyStep,
    Tenancy: instanceStep({
      synchronizes: named('Tenancy'),
      templateName: 'tenancy.yaml',
      deleteRecord: { templateName: 'tenancy.yaml' },
    }) as AnyStep,
  });
  await lab.write('playbooks/note.yaml', NOTE);
  await lab.write(
    'playbooks/tenancy.yaml',
    '- {hosts: "{{ instance_name }}", connection: ssh, gather_facts: false, tasks: [command: id]}\n',
  );
});
afterAll(() => lab.stop());

const NOTE = `- hosts: localhost
  gather_facts: false
  tasks:
{% if delete is defined %}
    - {file: {path: {{ file }}, state: absent}}
{% else %}
    - {copy: {content: noted, dest: {{ file }}}}
{% endif %}
`;

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

describe('an object that is only pretended', { timeout: 180_000 }, () => {
  test('has all but its playbook done: variables, rendering, folder, syntax; and then for real', async () => {
    const { engine } = lab;
    const note = await engine.create('Note', { name: 'one', pretend: true });
    expect(await lab.untilState(note, 'Pretended')).toMatchObject({
      pretend: true,
      enacted: null,
      backend_need_delete: false,
    });
    expect(await isThere(join(lab.folder, 'one'))).toBe(false);
    expect((await lab.attempts(note))[0]).toMatchObject({
      outcome: 'pretended',
      summary: 'note.yaml would be run',
    });
    const entry = join(lab.sysDir, 'test', `Note_${note.id}`);
    expect(await readFile(join(entry, 'playbooks/note.yaml'), 'utf8')).not.toContain('{%');
    // What would be done can be looked at by hand.
    const { stdout } = await execa(join(entry, 'run'), ['--check', '--diff'], { extendEnv: false });
    expect(stdout).toContain('+noted');
    expect(await isThere(join(lab.folder, 'one'))).toBe(false);

    await engine.update(note, { pretend: false });
    expect(await lab.untilState(note, 'Synced')).toMatchObject({ enacted: 1 });
    expect(await isThere(join(lab.folder, 'one'))).toBe(true);
    await engine.update(note, { pretend: true });
    await engine.remove(note);
    await lab.untilState(note, 'Pretended');
    expect(await isThere(join(lab.folder, 'one'))).toBe(true);
    await engine.update(note, { pretend: false });
    await lab.untilGone(note);
    expect(await isThere(join(lab.folder, 'one'))).toBe(false);
  });

  test('is in error when its playbook is none', async () => {
    const { engine } = lab;
    await lab.write('playbooks/note.yaml', `${NOTE}    - {copi: {content: x}}\n`);
    const note = await engine.create('Note', { name: 'two', pretend: true });
    expect(await lab.ended(note)).toMatchObject({
      outcome: 'failed',
      code: 'E_PLAYBOOK_SYNTAX',
      text: expect.stringMatching(/^playbook note.yaml is not a valid playbook: .*copi/) as string,
    });
    expect((await engine.get(note))?.backend_need_delete).toBe(false);
    await lab.write('playbooks/note.yaml', NOTE);
    await lab.untilState(note, 'Pretended');
  });

  test('and runs on an Instance waits for none that is pretended, too', async () => {
    const { engine } = lab;
    const instance = await engine.create('Machine', { name: 'machine', pretend: true });
    const tenancy = await engine.create('Tenancy', { name: 'tenancy', instance, pretend: true });
    await lab.untilState(tenancy, 'Pretended');
    const entry = join(lab.sysDir, 'test', `Tenancy_${tenancy.id}`);
    expect(await readFile(join(entry, 'ssh_config'), 'utf8')).toContain('HostName pretended.invalid');
    expect(await isThere(join(lab.folder, 'machine'))).toBe(false);
  });
});
