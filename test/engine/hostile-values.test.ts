import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ansibleStep } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import { hostileValues } from '../backend/hostile-values.ts';
import { field, model } from '../support/models.ts';
import { createPlaybookLab, type PlaybookLab } from '../support/playbook-lab.ts';

const PLAYBOOKS = {
  Plain: `- hosts: localhost
  gather_facts: false
  tasks:
    - set_stats: {data: {arrived: "{{ values }}", single: "<{{ values[0] }}>"}}
`,
  Templated: `- hosts: localhost
  gather_facts: false
  tasks:
    - set_stats:
        data:
          single: <{{ values[0] }}>
          arrived:
{% for value in values %}
            - {{ value }}
{% endfor %}
`,
};

const MODELS = Object.keys(PLAYBOOKS).map((name) =>
  model(name, {
    fields: [
      field('name', { maxLength: 50 }),
      field('values', { repeated: true, text: true, blank: true }),
      field('arrived', { state: 'feedback', nullable: true, text: true }),
    ],
  }),
);

const stepOf = (name: string): AnyStep =>
  ansibleStep({
    synchronizes: defineModel(name),
    templateName: `${name}.yaml`,
    mapOutputs: (outputs) => ({ arrived: JSON.stringify(outputs) }),
    deleteRecord: { templateName: `${name}.yaml` },
  }) as AnyStep;

let lab: PlaybookLab;
let canaries: string;
beforeAll(async () => {
  canaries = await mkdtemp(join(tmpdir(), 'accord-canaries-'));
  lab = await createPlaybookLab(MODELS, { Plain: stepOf('Plain'), Templated: stepOf('Templated') });
  for (const [name, text] of Object.entries(PLAYBOOKS)) await lab.write(`playbooks/${name}.yaml`, text);
});
afterAll(async () => {
  await lab.stop();
  await rm(canaries, { recursive: true });
});

test.each(Object.keys(PLAYBOOKS))(
  'hostile values of a model reach a playbook as they are, and nothing happens: %s',
  { timeout: 300_000 },
  async (name) => {
    // The database refuses NUL: such a value is none of a model.
    const values = hostileValues(join(canaries, 'touched')).filter((value) => !value.includes('\0'));
    expect(values.length).toBeGreaterThanOrEqual(200);
    const object = await lab.engine.create(name, { name: values[0]?.slice(0, 50) ?? '', values });
    const { feedback } = await lab.untilState(object, 'Synced');
    expect(JSON.parse(feedback['arrived'] as string)).toEqual({ arrived: values, single: `<${values[0]}>` });
    expect(await readdir(canaries)).toEqual([]);
  },
);
