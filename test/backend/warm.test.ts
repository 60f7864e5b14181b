import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDispatcher, type Dispatcher, type JobExit } from '../../backend/dispatcher.ts';
import { ansible } from './playbooks.ts';
import { CASES, type Case } from './warm-cases.ts';

let folder: string;
let vault: string;
const dispatchers = new Map<string, Dispatcher>();

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'accord-warm-')));
  await mkdir(join(folder, 'playbooks'));
  for (const mode of ['warm', 'cold'] as const) {
    dispatchers.set(mode, createDispatcher({ ansible, playbooksDir: join(folder, 'playbooks'), mode }));
  }
  await writeFile(join(folder, 'password'), 'sesame\n');
  vault = await encrypted('token: open\n');
}, 60_000);

afterAll(async () => {
  for (const dispatcher of dispatchers.values()) await dispatcher.stop();
  await rm(folder, { recursive: true, force: true });
});

async function encrypted(text: string): Promise<string> {
  const command = join(dirname(ansible.playbook), 'ansible-vault');
  const args = ['encrypt', '--vault-password-file', join(folder, 'password'), '--output', '-'];
  const { stdout } = await execa(command, args, { input: text, env: { LC_ALL: 'C.UTF-8' } });
  return `${stdout}\n`;
}

interface Told {
  readonly code: JobExit['code'];
  readonly stdout: string;
  readonly stderr: string;
  readonly events: unknown[];
}

async function run(way: 'warm' | 'cold', { files, args, env }: Case): Promise<{ exit: JobExit; told: Told }> {
  const dispatcher = dispatchers.get(way);
  if (dispatcher === undefined) throw new Error('no dispatcher');
  // Names of one length: Ansible draws lines as long as what is above them.
  const home = await mkdtemp(join(folder, `${way}-`));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), filled(text));
  }
  const inventory = join(folder, 'inventory');
  await writeFile(
    inventory,
    `localhost ansible_connection=local ansible_python_interpreter=${ansible.python}\n`,
  );
  const call = (args ?? ['site.yaml']).map((argument) => argument.replace('USER', userInfo().username));
  const exit = await dispatcher.run(
    {
      argv: [ansible.playbook, ...(call.includes('-i') ? [] : ['-i', inventory]), ...call],
      cwd: home,
      env: {
        ...dispatcher.environment,
        ...env,
        ACCORD_EVENTS: join(home, 'events'),
        ANSIBLE_LOCAL_TEMP: join(home, 'tmp'),
      },
      stdout: join(home, 'stdout'),
      stderr: join(home, 'stderr'),
      timeoutSeconds: 60,
    },
    new AbortController().signal,
  );
  const read = async (name: string): Promise<string> =>
    normal(await readFile(join(home, name), 'utf8').catch(() => ''), home);
  const events = (await read('events')).trim().split('\n').filter(Boolean);
  return {
    exit,
    told: {
      code: exit.code,
      stdout: await read('stdout'),
      stderr: await read('stderr'),
      events: events.map((line) => withoutTimes(JSON.parse(line) as Record<string, unknown>)),
    },
  };
}

const filled = (text: string): string => text.replace('PYTHON', ansible.python).replace('VAULT', () => vault);

/** What differs from run to run: folders, times, random names. */
function normal(text: string, home: string): string {
  return text
    .replaceAll(home, 'HOME')
    .replaceAll(/ansible-(local|tmp)-[\w./-]+/g, 'TEMPORARY')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+/g, 'TIME')
    .replaceAll(/\d+:\d\d:\d\d\.\d+/g, 'DURATION')
    .replaceAll(/j\d+\.\d+/g, 'JOB')
    .replaceAll(/\.source\.[\w.]+|tmp[a-z0-9_]{8}/g, 'NAME');
}

function withoutTimes(event: Record<string, unknown>): unknown {
  return { ...event, time: 0, durationMs: 0, taskId: '' };
}

describe('the warm way means what the cold way means', { timeout: 90_000 }, () => {
  test('and is there', async () => {
    expect(await dispatchers.get('warm')?.start()).toBeNull();
    expect(CASES.length).toBeGreaterThanOrEqual(20);
  });

  test.for(CASES)('for $name', async (each) => {
    const [warm, cold] = await Promise.all([run('warm', each), run('cold', each)]);
    expect(cold.told.stdout + cold.told.stderr).not.toBe('');
    expect(warm.told).toEqual(cold.told);
    // Not by running it cold where that is not needed.
    if (each.cold === undefined) expect(warm.exit.cold).toBeNull();
    else expect(warm.exit.cold).toMatch(each.cold);
    expect(cold.exit.cold).not.toBeNull();
  });

  test('and forgets each run before the next', async () => {
    const text =
      "- {hosts: localhost, gather_facts: false, tasks: [debug: {msg: \"{{ lookup('env', 'WORD') }}\"}]}\n";
    const word = async (env: Record<string, string>): Promise<string> =>
      (await run('warm', { name: 'env', files: { 'site.yaml': text }, env })).told.stdout;
    expect(await word({ WORD: 'one' })).toContain('"msg": "one"');
    expect(await word({})).toContain('"msg": ""');
  });
});
