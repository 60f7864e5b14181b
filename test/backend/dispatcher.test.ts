import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDispatcher, type Dispatcher } from '../../backend/dispatcher.ts';
import { ansible, createBench, play } from './playbooks.ts';

const created = (options: Parameters<typeof createDispatcher>[0]): Dispatcher => {
  const dispatcher = createDispatcher(options);
  onTestFinished(() => dispatcher.stop());
  return dispatcher;
};

test('jobs run cold when Ansible cannot be imported ahead, and it is said why', async () => {
  const bench = await createBench();
  // A Python in which importing Ansible ahead ends the process.
  const python = join(bench.folder, 'python');
  const text = `#!/bin/sh\ncase "$*" in *--warm*) echo 'no memory left' >&2; exit 9;; esac\nexec ${ansible.python} "$@"\n`;
  await writeFile(python, text);
  await chmod(python, 0o755);
  const playbooksDir = join(bench.folder, 'playbooks');
  const dispatcher = created({ ansible: { ...ansible, python }, playbooksDir, mode: 'warm' });
  const [why, run] = await Promise.all([
    dispatcher.start(),
    bench.run(play('- command: "true"'), { ansible: { ...ansible, dispatcher } }),
  ]);
  expect(why).toBe('no memory left');
  expect(run.recap).toMatch(/^localhost : ok=1 /);
});

test('one that is stopped while it still starts leaves no other in its place', async () => {
  const bench = await createBench();
  const python = join(bench.folder, 'python');
  const started = join(bench.folder, 'started');
  // Never ready, and gone with its input: what a stop meets in the first seconds of a worker.
  await writeFile(python, `#!/bin/sh\necho "$2" >>${started}\nexec cat >/dev/null\n`);
  await chmod(python, 0o755);
  const dispatcher = created({ ansible: { ...ansible, python }, playbooksDir: bench.folder, mode: 'warm' });
  const starting = dispatcher.start();
  await dispatcher.stop();
  expect(await starting).toBeNull();
  expect(await readFile(started, 'utf8')).toBe('--warm\n');
});

test('a job fails in a sentence when there is no Python to run it', async () => {
  const bench = await createBench();
  const nowhere = { ...ansible, python: '/nonexistent/python' };
  const dispatcher = created({ ansible: nowhere, playbooksDir: bench.folder, mode: 'warm' });
  const error = await bench.fail(play('- command: "true"'), { ansible: { ...nowhere, dispatcher } });
  expect(error.code).toBe('E_ANSIBLE');
  expect(error.message).toMatch(/lost its supervisor: .*ENOENT/);
});
