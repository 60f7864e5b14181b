import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkTarget, reachable, type SshTarget } from '../../backend/ssh-target.ts';
import { DeferredException } from '../../define/index.ts';
import { freePort } from '../../platform/ports.ts';
import { ansible, createBench } from './playbooks.ts';
import { until } from './processes.ts';
import { createKey, provideSshd, startAgent, startSshd, type Sshd } from './sshd.ts';

const missing = await provideSshd();

const onInstance = (tasks: string): string => `- hosts: "{{ instance_name }}"
  connection: ssh
  gather_facts: false
  vars: {ansible_python_interpreter: ${ansible.python}}
  tasks: [${tasks}]
`;

const targetOf = ({ port, user, hostKey, key }: Sshd): SshTarget => ({
  name: 'web-1',
  address: '127.0.0.1',
  port,
  user,
  key: { file: key },
  hostKeys: [hostKey],
});

const TASK = '{name: say, command: echo hello}';

describe('an instance over ssh', { timeout: 180_000 }, () => {
  test.skipIf(missing !== undefined)('runs the playbook, with a key that is gone afterwards', async () => {
    const bench = await createBench();
    const sshd = await startSshd();
    const { recap } = await bench.run(onInstance(`${TASK}, {command: echo again}`), {
      target: targetOf(sshd),
    });
    expect(recap).toMatch(/^web-1 : ok=2 changed=2 unreachable=0 /);
    expect(await readdir(bench.runDir)).not.toContain('scratch');
  });

  test.skipIf(missing !== undefined)(
    'accepts a key from a field of the model, or from a file that all may read',
    async () => {
      const bench = await createBench();
      const sshd = await startSshd();
      const text = (await readFile(sshd.key, 'utf8')).trim();
      await bench.run(onInstance(TASK), { target: { ...targetOf(sshd), key: { text } } });
      await chmod(sshd.key, 0o644);
      await bench.run(onInstance(TASK), { target: targetOf(sshd) });
    },
  );

  test.skipIf(missing !== undefined)('is reached with a key that only the agent has', async () => {
    const bench = await createBench();
    const sshd = await startSshd();
    const agent = await startAgent(bench.folder, sshd.key);
    const target: SshTarget = { ...targetOf(sshd) };
    delete (target as { key?: unknown }).key;
    const before = process.env['SSH_AUTH_SOCK'];
    process.env['SSH_AUTH_SOCK'] = agent;
    try {
      // With a process of its own: one that runs already has the environment of its start.
      const { recap } = await bench.run(onInstance(TASK), { ansible, target });
      expect(recap).toMatch(/^web-1 : ok=1 /);
    } finally {
      if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
      else process.env['SSH_AUTH_SOCK'] = before;
    }
  });

  test.skipIf(missing !== undefined)('is not trusted with another host key, nor with none', async () => {
    const bench = await createBench();
    const sshd = await startSshd();
    const other = await createKey(join(bench.folder, 'other'));
    const changed = await bench.fail(onInstance(TASK), { target: { ...targetOf(sshd), hostKeys: [other] } });
    expect(changed.code).toBe('E_PLAYBOOK_HOST_KEY');
    expect(changed.message).toMatch(/does not trust web-1: its host key.* is not the one that is known/);
    const unknown = await bench.fail(onInstance(TASK), { target: { ...targetOf(sshd), hostKeys: [] } });
    expect(unknown.message).toMatch(/does not trust web-1: its host key.* is not known/);
    // Not even by an operator who has turned the check off for all of Ansible.
    process.env['ANSIBLE_HOST_KEY_CHECKING'] = 'False';
    try {
      const still = await bench.fail(onInstance(TASK), {
        ansible,
        target: { ...targetOf(sshd), hostKeys: [other] },
      });
      expect(still.code).toBe('E_PLAYBOOK_HOST_KEY');
    } finally {
      delete process.env['ANSIBLE_HOST_KEY_CHECKING'];
    }
  });

  test.skipIf(missing !== undefined)(
    'is trusted on first use when that is asked for, and checked from then on',
    async () => {
      const bench = await createBench();
      const sshd = await startSshd();
      const target = { ...targetOf(sshd), hostKeys: [], trustOnFirstUse: true };
      const { hostKeys } = await bench.run(onInstance(TASK), { target });
      expect(hostKeys).toEqual([sshd.hostKey.split(' ').slice(0, 2).join(' ')]);
      expect((await bench.run(onInstance(TASK), { target: { ...target, hostKeys } })).hostKeys).toEqual([]);
      const successor = await startSshd();
      const moved = { ...target, hostKeys, port: successor.port, key: { file: successor.key } };
      expect((await bench.fail(onInstance(TASK), { target: moved })).code).toBe('E_PLAYBOOK_HOST_KEY');
    },
  );

  test.skipIf(missing !== undefined)('is reached through a jump host, whose key is checked too', async () => {
    const bench = await createBench();
    const inner = await startSshd();
    const outer = await startSshd();
    const jump = { address: '127.0.0.1', port: outer.port, user: outer.user, key: { file: outer.key } };
    const target = { ...targetOf(inner), jump: { ...jump, hostKeys: [outer.hostKey] } };
    const { recap } = await bench.run(onInstance(TASK), { target });
    expect(recap).toMatch(/^web-1 : ok=1 /);
    const wrong = { ...target, jump: { ...jump, hostKeys: [inner.hostKey] } };
    const error = await bench.fail(onInstance(TASK), { target: wrong });
    expect(error.code).toBe('E_PLAYBOOK_HOST_KEY');
  });

  test.skipIf(missing !== undefined)('that does not answer, or refuses the key, is unreachable', async () => {
    const bench = await createBench();
    const sshd = await startSshd();
    const silent = await bench.fail(onInstance(TASK), {
      target: { ...targetOf(sshd), port: await freePort() },
    });
    expect(silent.message).toMatch(/could not reach web-1 at task «say» on web-1: .*Connection refused/);
    await createKey(join(bench.folder, 'stranger'));
    const stranger = { ...targetOf(sshd), key: { file: join(bench.folder, 'stranger') } };
    const refused = await bench.fail(onInstance(TASK), { target: stranger });
    expect(refused.code).toBe('E_PLAYBOOK_UNREACHABLE');
    expect(refused.message).toContain('Permission denied');
  });

  test.skipIf(missing !== undefined)('whose connection is cut in the middle is unreachable', async () => {
    const bench = await createBench();
    const sshd = await startSshd();
    const started = join(bench.folder, 'started');
    const run = bench.fail(onInstance(`{name: long, command: "sh -c 'touch ${started}; sleep 60'"}`), {
      target: targetOf(sshd),
    });
    await until('the task runs', async () => (await readdir(bench.folder)).includes('started'));
    for (const pid of await sessionsOf(sshd.pid)) process.kill(pid, 'SIGKILL');
    const error = await run;
    expect(error.code).toBe('E_PLAYBOOK_UNREACHABLE');
    expect(error.message).toMatch(/could not reach web-1 at task «long»/);
  });
});

async function sessionsOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

describe('what gets near ssh', () => {
  const target: SshTarget = { name: 'web-1', address: '10.0.0.1', user: 'ubuntu' };

  test.for([
    ['an address that is an option', { address: '-oProxyCommand=id' }],
    ['an address with a command', { address: '10.0.0.1;id' }],
    ['an address of two lines', { address: '10.0.0.1\nProxyCommand id' }],
    ['a user that is an option', { user: '-l' }],
    ['a user with a space', { user: 'a b' }],
    ['a port that is none', { port: 0 }],
    ['a name that is a pattern', { name: 'web-*' }],
    ['a name of two lines', { name: 'web\nHost *' }],
    ['a key path that ssh expands', { key: { file: '/keys/%d' } }],
    ['a relative key path', { key: { file: 'keys/id' } }],
    ['a host key of two lines', { hostKeys: ['ssh-ed25519 AAAA\n* ssh-ed25519 BBBB'] }],
    ['a jump host with a command', { jump: { address: '$(id)', user: 'ubuntu' } }],
  ] as const)('is not %s', ([, change]) => {
    expect(() => checkTarget({ ...target, ...change })).toThrow(/cannot be the .* of an instance/);
  });

  test('may be an address of either kind, or a name', () => {
    for (const address of ['10.0.0.1', '::1', 'fe80::1', 'web-1.example.org'])
      checkTarget({ ...target, address });
  });
});

describe('an instance that is not there yet', () => {
  test.for([
    ['waiting on instance', null, null],
    ['waiting on instance.instance_name', { instance_name: null }, null],
    ['waiting on its address: web-1 has neither an ip nor a port with one', { instance_name: 'web-1' }, null],
  ] as const)('is waited for: %s', ([reason, instance, address]) => {
    expect(() => reachable('instance', instance, address)).toThrow(new DeferredException(reason));
  });
});
