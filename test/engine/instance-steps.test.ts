import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instanceStep, step } from '../../define/index.ts';
import { loadModels } from '../../define/load-models.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import type { ModelDefinition, Ref } from '../../model/definition.ts';
import { freePort } from '../../platform/ports.ts';
import type { AttemptDetail } from '../../store/attempt-history.ts';
import type { StoredObject } from '../../store/types.ts';
import type { ProxySsh } from '../../synchronizer-config.ts';
import { createKey, provideSshd, startSshd, type Sshd } from '../backend/sshd.ts';
import { createPlaybookLab, PATIENCE_MS, type PlaybookLab } from '../support/playbook-lab.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = await provideSshd();

/** Beside the core models: who is on an Instance, and who trusts the key that it sees first. */
const XPROTO = `option app_label = "hosting";
message Tenant (ServiceInstance) {
    optional manytoone instance->Instance:tenants = 1;
    optional string page = 2 [feedback_state = True, text = True];
}
message Guest (ServiceInstance) {
    optional manytoone instance->Instance:guests = 1;
    optional string host_key = 2 [feedback_state = True, text = True];
}
`;

const playbook = (python: string): string => `- hosts: "{{ instance_name }}"
  connection: ssh
  gather_facts: false
  vars: {ansible_python_interpreter: ${python}, ansible_port: "{{ port }}"}
  tasks:
    - {name: linger, command: "sh -c 'touch {{ mark }}; sleep 60'", when: mark != ''}
    - {name: say, command: "echo page on {{ instance_name }}", register: said}
    - set_stats: {data: {page: "{{ said.stdout }}"}}
`;

/** What the step of Instance reports, what its sshd listens on, and what is touched when a run lingers: by name. */
const born = new Map<string, Record<string, string>>();
const ports = new Map<string, number>();
const marks = new Map<string, string>();

async function openLab(models: readonly ModelDefinition[], proxySsh?: ProxySsh): Promise<PlaybookLab> {
  const named = (name: string) => defineModel<string, { name: string }, Record<string, string>>(name);
  const common = {
    templateName: 'tenant.yaml',
    serviceKeyName: 'keys/tenant',
    user: userInfo().username,
    getExtraAttributes: ({ name }: { readonly name: string }) => ({
      port: ports.get(name) ?? 22,
      mark: marks.get(name) ?? '',
    }),
    deleteRecord: { templateName: 'tenant.yaml' },
  };
  const lab = await createPlaybookLab(
    models,
    {
      Instance: step({
        synchronizes: named('Instance'),
        syncRecord: ({ name }) => born.get(name) ?? {},
        deleteRecord: () => undefined,
      }) as AnyStep,
      Tenant: instanceStep({
        ...common,
        synchronizes: named('Tenant'),
        mapOutputs: ({ page }) => ({ page: String(page) }),
      }) as AnyStep,
      Guest: instanceStep({
        ...common,
        synchronizes: named('Guest'),
        trustOnFirstUse: 'host_key',
      }) as AnyStep,
    },
    { proxySsh },
  );
  await lab.write('playbooks/tenant.yaml', playbook(lab.python));
  await mkdir(join(lab.folder, 'keys'));
  return lab;
}

let models: readonly ModelDefinition[];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'accord-hosting-'));
  await writeFile(join(folder, 'hosting.xproto'), XPROTO);
  const loaded = await loadModels([join(folder, 'hosting.xproto')]);
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  models = loaded.models;
  return () => rm(folder, { recursive: true });
});

/** What every Instance belongs to. */
interface Ground {
  readonly site: Ref;
  readonly service: Ref;
  readonly slice: Ref;
}

async function layGround({ engine }: PlaybookLab): Promise<Ground> {
  const site = await engine.create('Site', { name: 'here', login_base: 'here' });
  const service = await engine.create('Service', { name: 'hosting' });
  const slice = await engine.create('Slice', { name: 'machines', site, service });
  return { site, service, slice };
}

/** An Instance that is this sshd. */
async function instanceAt(
  { engine }: PlaybookLab,
  { slice }: Ground,
  name: string,
  { port, hostKey }: Pick<Sshd, 'port' | 'hostKey'>,
  more: Record<string, unknown> = {},
): Promise<Ref> {
  born.set(name, { instance_name: name, host_keys: hostKey });
  ports.set(name, port);
  return engine.create('Instance', { name, slice, ip: '127.0.0.1', ...more });
}

const untilReason = (lab: PlaybookLab, ref: Ref, reason: string): Promise<StoredObject> =>
  lab.engine.until(ref, ({ backend_status }) => backend_status === reason, `to say ${reason}`, PATIENCE_MS);

/** Wait for an attempt that came as far as a playbook. */
const untilRun = (lab: PlaybookLab, ref: Ref): Promise<AttemptDetail> =>
  waitFor(
    `an attempt on ${ref.model}/${ref.id} to run its playbook`,
    async () => {
      const found = (await lab.attempts(ref)).find(({ code, summary }) => code !== null || summary !== null);
      return found === undefined ? undefined : lab.ended(ref, found.number);
    },
    () => lab.attempts(ref),
    PATIENCE_MS,
  );

describe('an instance step', { timeout: 180_000 }, () => {
  let lab: PlaybookLab;
  let ground: Ground;
  let owner: Ref;

  beforeAll(async () => {
    lab = await openLab(models);
    ground = await layGround(lab);
    owner = ground.service;
  }, 180_000);
  afterAll(() => lab.stop());

  test.skipIf(missing !== undefined)('waits until its Instance is there, named and addressed', async () => {
    const { engine } = lab;
    const sshd = await startSshd();
    await copyFile(sshd.key, join(lab.folder, 'keys/tenant'));
    const tenant = await engine.create('Tenant', { name: 'early', owner });
    ports.set('early', sshd.port);
    expect(await untilReason(lab, tenant, 'waiting on instance')).toMatchObject({
      state: 'Deferred',
      backend_need_delete: false,
    });
    const instance = await engine.create('Instance', { name: 'unborn', slice: ground.slice });
    await engine.update(tenant, { instance });
    await untilReason(lab, tenant, 'waiting on instance.instance_name');
    born.set('unborn', { instance_name: 'web-1', host_keys: sshd.hostKey });
    await engine.store.resync(instance, { name: 'a test' });
    await untilReason(lab, tenant, 'waiting on its address: web-1 has neither an ip nor a port with one');
    await engine.update(instance, { ip: '127.0.0.1' });
    expect(await lab.untilState(tenant, 'Synced')).toMatchObject({
      feedback: { page: 'page on web-1' },
      failures: 0,
    });
    expect(await untilRun(lab, tenant)).toMatchObject({
      summary: expect.stringMatching(/^web-1 : ok=2 changed=1 unreachable=0 failed=0/) as string,
    });
    const entry = join(lab.sysDir, 'hosting', `Tenant_${tenant.id}`);
    expect(await readdir(entry)).not.toContain('scratch');
    expect(await readFile(join(entry, 'ssh_config'), 'utf8')).not.toContain('ProxyJump');
  });

  test('that never found its Instance leaves nothing that is to be deleted', async () => {
    const tenant = await lab.engine.create('Tenant', { name: 'never', owner });
    await untilReason(lab, tenant, 'waiting on instance');
    await lab.engine.remove(tenant);
    await lab.untilGone(tenant);
  });

  test.skipIf(missing !== undefined)('reaches its Instance by the management network first', async () => {
    const { engine } = lab;
    const sshd = await startSshd();
    await copyFile(sshd.key, join(lab.folder, 'keys/tenant'));
    const networkOf = async (name: string, vtn_kind: string): Promise<Ref> => {
      const template = await engine.create('NetworkTemplate', { name, vtn_kind });
      return engine.create('Network', { name, template, owner: ground.slice });
    };
    const instance = await instanceAt(lab, ground, 'managed', sshd, { ip: '192.0.2.1' });
    await engine.create('Port', { network: await networkOf('public', 'PUBLIC'), instance, ip: '192.0.2.2' });
    const network = await networkOf('mgmt', 'MANAGEMENT_LOCAL');
    await engine.create('Port', { network, instance, ip: '127.0.0.1' });
    ports.set('on managed', sshd.port);
    const tenant = await engine.create('Tenant', { name: 'on managed', owner, instance });
    await lab.untilState(tenant, 'Synced');
  });

  test.skipIf(missing !== undefined)(
    'takes the key of its service, if that is below the folder, and says which key it misses',
    async () => {
      const { engine } = lab;
      const sshd = await startSshd();
      await copyFile(sshd.key, join(lab.folder, 'keys/of-service'));
      const step = lab.steps.get('Tenant') as { serviceKeyName?: string };
      const instance = await instanceAt(lab, ground, 'keyed', sshd);
      ports.set('keyed', sshd.port);
      step.serviceKeyName = 'keys/nowhere';
      const tenant = await engine.create('Tenant', { name: 'keyed', owner, instance });
      expect((await lab.ended(tenant)).text).toMatch(/^the private key keys\/nowhere cannot be read: /);

      delete step.serviceKeyName;
      await engine.update(owner, { private_key_fn: '../../etc/passwd' });
      await engine.store.resync(tenant, { name: 'a test' });
      const says = `private_key_fn of Service/${owner.id} names a file outside of the synchronizer's folder`;
      await untilReason(lab, tenant, says);

      await engine.update(owner, { private_key_fn: 'keys/of-service' });
      await lab.untilState(tenant, 'Synced');
      step.serviceKeyName = 'keys/tenant';
    },
  );

  test.skipIf(missing !== undefined)(
    'runs nothing where the host key is another than the known one',
    async () => {
      const sshd = await startSshd();
      await copyFile(sshd.key, join(lab.folder, 'keys/tenant'));
      const other = await createKey(join(lab.folder, 'keys/other'));
      const instance = await instanceAt(lab, ground, 'impostor', { ...sshd, hostKey: other });
      ports.set('at impostor', sshd.port);
      const tenant = await lab.engine.create('Tenant', { name: 'at impostor', owner, instance });
      expect(await untilRun(lab, tenant)).toMatchObject({
        code: 'E_PLAYBOOK_HOST_KEY',
        text: expect.stringMatching(
          /does not trust impostor: its host key.* is not the one that is known/,
        ) as string,
      });
    },
  );

  test.skipIf(missing !== undefined)(
    'that trusts on first use records the key, and says when it has changed',
    async () => {
      const { engine } = lab;
      const sshd = await startSshd();
      await copyFile(sshd.key, join(lab.folder, 'keys/tenant'));
      const instance = await instanceAt(lab, ground, 'new', { ...sshd, hostKey: '' });
      ports.set('guest', sshd.port);
      const guest = await engine.create('Guest', { name: 'guest', owner, instance });
      const shown = sshd.hostKey.split(' ').slice(0, 2).join(' ');
      expect(await lab.untilState(guest, 'Synced')).toMatchObject({ feedback: { host_key: shown } });

      const successor = await startSshd();
      await copyFile(successor.key, join(lab.folder, 'keys/tenant'));
      ports.set('guest', successor.port);
      await engine.store.resync(guest, { name: 'a test' });
      const failed = await lab.untilState(guest, 'Error');
      expect(failed.backend_status).toMatch(
        /does not trust new: its host key.* is not the one that is known/,
      );
      expect(failed.feedback['host_key']).toBe(shown);
    },
  );

  test.skipIf(missing !== undefined)(
    'says that its Instance cannot be reached, also in the middle',
    async () => {
      const { engine } = lab;
      const sshd = await startSshd();
      await copyFile(sshd.key, join(lab.folder, 'keys/tenant'));
      const away = await instanceAt(lab, ground, 'away', { ...sshd, port: await freePort() });
      ports.set('at away', ports.get('away') ?? 0);
      const silent = await engine.create('Tenant', { name: 'at away', owner, instance: away });
      expect(await untilRun(lab, silent)).toMatchObject({
        code: 'E_PLAYBOOK_UNREACHABLE',
        text: expect.stringMatching(
          /^playbook tenant.yaml could not reach away at task «say» on away: /,
        ) as string,
        summary: expect.stringMatching(/^away : ok=0 changed=0 unreachable=1 /) as string,
      });

      const instance = await instanceAt(lab, ground, 'cut', sshd);
      ports.set('at cut', sshd.port);
      marks.set('at cut', join(lab.folder, 'cut'));
      const cut = await engine.create('Tenant', { name: 'at cut', owner, instance });
      await waitFor(
        'the task to linger',
        async () => ((await readdir(lab.folder)).includes('cut') ? true : undefined),
        () => lab.attempts(cut),
        PATIENCE_MS,
      );
      for (const pid of await childrenOf(sshd.pid)) process.kill(pid, 'SIGKILL');
      marks.delete('at cut');
      expect(await untilRun(lab, cut)).toMatchObject({
        code: 'E_PLAYBOOK_UNREACHABLE',
        text: expect.stringMatching(/could not reach cut at task «linger»/) as string,
      });
      await lab.untilState(cut, 'Synced');
    },
  );
});

describe('an instance step with a jump host', { timeout: 180_000 }, () => {
  test.skipIf(missing !== undefined)(
    'goes by the node of its Instance, whose key is checked too',
    async () => {
      const outer = await startSshd();
      const inner = await startSshd();
      const proxy = { port: outer.port, user: outer.user, key: 'keys/proxy' };
      const lab = await openLab(models, proxy);
      try {
        const { engine } = lab;
        await copyFile(inner.key, join(lab.folder, 'keys/tenant'));
        await copyFile(outer.key, join(lab.folder, 'keys/proxy'));
        const ground = await layGround(lab);
        const instance = await instanceAt(lab, ground, 'hidden', inner);
        ports.set('behind', inner.port);
        const tenant = await engine.create('Tenant', { name: 'behind', owner: ground.service, instance });
        await untilReason(lab, tenant, 'waiting on instance.node');

        const node = await engine.create('Node', {
          name: '127.0.0.1',
          site: ground.site,
          host_keys: inner.hostKey,
        });
        await engine.update(instance, { node });
        expect(await untilRun(lab, tenant)).toMatchObject({ code: 'E_PLAYBOOK_HOST_KEY' });

        await engine.update(node, { host_keys: outer.hostKey });
        await lab.untilState(tenant, 'Synced');
        const entry = join(lab.sysDir, 'hosting', `Tenant_${tenant.id}`);
        expect(await readFile(join(entry, 'ssh_config'), 'utf8')).toContain('ProxyJump accord-jump-host');
      } finally {
        await lab.stop();
      }
    },
  );
});

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}
