import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { DEFAULTS, type Config } from '../../config.ts';
import { provideAnsible } from '../../platform/ansible.ts';
import { createStore } from '../../store/store.ts';
import { runWorker } from '../../worker/run.ts';
import { createTestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/folder.ts';
import { createNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';

const DEFINE = fileURLToPath(new URL('../../define/index.ts', import.meta.url));

const FILES = {
  'signs.xproto': `
option app_label = "signs";
message Sign (XOSBase) { required string text = 1 [max_length = 50]; }
`,
  'synchronizer.ts': `
import { ansibleStep, defineSynchronizer } from ${JSON.stringify(DEFINE)};
export default defineSynchronizer({
  name: 'signs',
  models: new URL('./signs.xproto', import.meta.url),
  steps: [
    ansibleStep({
      synchronizes: { name: 'Sign' },
      templateName: 'sync_sign.yaml',
      deleteRecord: { templateName: 'sync_sign.yaml' },
    }),
  ],
});
`,
  'playbooks/sync_sign.yaml': `
- hosts: localhost
  gather_facts: false
  tasks:
    - shell: "echo {{ text }}"
      when: false
    - debug: {var: text}
`,
};

interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Run a worker with this accord.yaml until one object is synced, and tell what it logged. */
async function linesOf(settings: string, python?: string): Promise<Line[]> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'playbooks'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'accord.yaml'), `name: signs\nsys_dir: ${join(folder, 'sys')}\n${settings}`);
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const temporal = await createNamespace();
  onTestFinished(() => temporal.close());
  const config: Config = {
    ...DEFAULTS,
    databaseUrl: database.url,
    temporalAddress: inject('temporalAddress'),
    temporalNamespace: temporal.namespace,
  };
  const store = createStore({ databaseUrl: database.url });
  onTestFinished(() => store.close());
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (text) => void lines.push(JSON.parse(text) as Line) });
  const found = await provideAnsible(() => undefined);
  const findAnsible = () => Promise.resolve(python === undefined ? found : { ...found, python });
  const worker = await runWorker(config, folder, { findAnsible, log });
  try {
    const ref = await store.write({ name: 'a test' }, (tx) => tx.create('Sign', { text: 'hello' }));
    await waitFor(
      'the sign to be synced',
      async () => ((await store.get(ref))?.state === 'Synced' ? true : undefined),
      () => store.get(ref),
      60_000,
    );
  } finally {
    await worker.stop();
  }
  return lines;
}

const saying = (lines: readonly Line[], message: string): Line | undefined =>
  lines.find(({ msg }) => msg === message);

test(
  'a worker keeps Ansible warm, and warns of command lines made of values',
  { timeout: 180_000 },
  async () => {
    const lines = await linesOf('');
    expect(saying(lines, 'playbook done')).toMatchObject({
      ansible_cold: null,
      ansible_playbook: 'sync_sign.yaml',
      synchronizer_name: 'signs',
      sync_step: 'Sign',
      model: 'Sign',
      id: expect.any(Number) as number,
      generation: 1,
      attempt: 1,
      workflow_id: expect.stringMatching(/^Sign\/\d+$/) as string,
    });
    expect(saying(lines, 'a playbook puts a command line together from values')).toMatchObject({
      file: expect.stringMatching(/playbooks\/sync_sign\.yaml$/) as string,
      line: 5,
      warning: 'shell lets a shell execute what «text» holds',
    });
  },
);

test('a worker runs playbooks cold when it is told to', { timeout: 180_000 }, async () => {
  const lines = await linesOf('ansible: {dispatcher: cold, forks: 1}\n');
  expect(saying(lines, 'playbook done')).toMatchObject({ ansible_cold: 'the dispatcher is cold' });
  expect(saying(lines, 'ansible cannot be kept warm; each playbook starts it anew')).toBeUndefined();
});

test(
  'a worker that cannot keep Ansible warm says so, and runs playbooks all the same',
  { timeout: 180_000 },
  async () => {
    const folder = await temporaryFolder();
    const { python } = await provideAnsible(() => undefined);
    const stubborn = join(folder, 'python');
    const text = `#!/bin/sh\ncase "$*" in *--warm*) echo 'no memory left' >&2; exit 9;; esac\nexec ${python} "$@"\n`;
    await writeFile(stubborn, text, { mode: 0o755 });
    const lines = await linesOf('', stubborn);
    expect(saying(lines, 'ansible cannot be kept warm; each playbook starts it anew')).toMatchObject({
      reason: 'no memory left',
    });
    expect(saying(lines, 'playbook done')).toBeDefined();
  },
);
