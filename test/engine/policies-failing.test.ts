import { describe, expect, test } from 'vitest';
import { DeferredException, PermanentException } from '../../define/index.ts';
import { openPolicyLab, Room, type Handler } from '../support/policy-lab.ts';

const lab = openPolicyLab();

describe('a policy that fails', () => {
  test('holds the step and the dependents, and says which it is', async () => {
    lab.answer('Tenant', { handleCreate: () => Promise.reject(new Error('no room left')) });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    const guest = await lab.engine.create('Guest', { name: 'g', tenant });
    const text = 'policy Tenant.handleCreate: no room left';
    await lab.engine.until(guest, ({ backend_code }) => backend_code === 2, 'to be in error');
    expect(await lab.engine.get(tenant)).toMatchObject({
      state: 'Error',
      backend_code: 2,
      backend_status: text,
    });
    expect(await lab.engine.get(guest)).toMatchObject({
      state: 'Waiting',
      backend_status: `Failed due to error in model Tenant id ${tenant.id}: ${text}`,
      root: tenant,
    });
    expect([...lab.backend.log(tenant), ...lab.backend.log(guest)]).toEqual([]);
    lab.answer('Tenant', {});
    await lab.engine.untilState(guest, 'Synced');
    expect(lab.backend.order([tenant, guest])).toEqual([tenant.id, guest.id]);
    const attempts = await lab.engine.store.database.query<{ kind: string; outcome: string }>(
      'select kind, outcome from attempts where object_id = $1 order by number',
      [tenant.id],
    );
    expect(attempts[0]).toEqual({ kind: 'police', outcome: 'failed' });
    expect(attempts.slice(-2)).toEqual([
      { kind: 'police', outcome: 'synced' },
      { kind: 'sync', outcome: 'synced' },
    ]);
  });

  test('holds the dependents of a clean object that has changed', async () => {
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Synced');
    lab.answer('Tenant', { handleUpdate: () => Promise.reject(new Error('no')) });
    await lab.engine.update(tenant, { name: 'u' });
    const guest = await lab.engine.create('Guest', { name: 'g', tenant });
    await lab.engine.until(guest, ({ backend_code }) => backend_code === 2, 'to be in error');
    expect(lab.backend.log(tenant)).toEqual(['sync t']);
  });

  test('is tried again at once when the goal changes', async () => {
    lab.answer('Tenant', {
      handleCreate: ({ name }) => (name === 'bad' ? Promise.reject(new Error('bad name')) : undefined),
    });
    const tenant = await lab.engine.create('Tenant', { name: 'bad' });
    await lab.engine.until(tenant, ({ failures }) => failures >= 3, 'to have failed three times');
    await lab.engine.update(tenant, { name: 'good' });
    expect(await lab.engine.untilState(tenant, 'Synced')).toMatchObject({ failures: 0 });
  });

  test('with a DeferredException is deferred: no failure, no error', async () => {
    let isReady = false;
    lab.answer('Tenant', {
      handleCreate() {
        if (!isReady) throw new DeferredException('no site yet');
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    expect(await lab.engine.untilState(tenant, 'Deferred')).toMatchObject({
      backend_code: 0,
      failures: 0,
      backend_status: 'policy Tenant.handleCreate: no site yet',
    });
    isReady = true;
    await lab.engine.untilState(tenant, 'Synced');
  });

  test('with a PermanentException is stalled until the goal changes', async () => {
    lab.answer('Tenant', {
      handleCreate({ name }) {
        if (name === 'never') throw new PermanentException('no such flavor');
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 'never' });
    expect(await lab.engine.untilState(tenant, 'Stalled')).toMatchObject({ backend_code: 2 });
    await lab.engine.update(tenant, { name: 'possible' });
    await lab.engine.untilState(tenant, 'Synced');
    expect(lab.callsOf(tenant)).toEqual(['handleCreate never', 'handleCreate possible']);
  });

  test('is asked again on request, where there is no step and the goal cannot change', async () => {
    let isPossible = false;
    const once = (): void => {
      if (!isPossible) throw new PermanentException('not yet');
    };
    lab.answer('Rule', { handleCreate: once, handleDelete: once });
    const me = { name: 'a test' };
    const unmanaged = await lab.engine.create('Rule', { name: 'u', no_sync: true });
    const rule = await lab.engine.create('Rule', { name: 'r' });
    for (const one of [rule, unmanaged]) await lab.engine.untilState(one, 'Stalled');
    isPossible = true;
    for (const one of [rule, unmanaged]) await lab.engine.store.resync(one, me);
    await lab.engine.untilState(rule, 'Synced');
    await lab.engine.untilState(unmanaged, 'Not managed');
    await expect(lab.engine.store.resync(rule, me)).rejects.toThrow('has nothing to synchronize');

    isPossible = false;
    await lab.engine.remove(rule);
    await lab.engine.untilState(rule, 'Stalled');
    isPossible = true;
    await lab.engine.store.resync(rule, me);
    await lab.engine.untilGone(rule);
    expect(lab.callsOf(rule)).toEqual([
      'handleCreate r',
      'handleCreate r',
      'handleDelete r',
      'handleDelete r',
    ]);
  });

  test('lets go of its object when no_policy is set', async () => {
    lab.answer('Tenant', {
      handleCreate() {
        throw new PermanentException('never');
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Stalled');
    await lab.engine.update(tenant, { no_policy: true });
    await lab.engine.untilState(tenant, 'Synced');
    expect(lab.backend.log(tenant)).toEqual(['sync t']);
    lab.answer('Tenant', {});
    await lab.engine.update(tenant, { no_policy: false });
    await lab.engine.until(
      tenant,
      ({ state, policed }) => state === 'Synced' && policed !== null,
      'to be policed after all',
    );
    expect(lab.callsOf(tenant)).toEqual(['handleCreate t', 'handleCreate t']);
  });

  test('shows no secret, and cannot read one', async () => {
    const errors: unknown[] = [];
    lab.answer('Tenant', {
      handleCreate(tenant) {
        errors.push({ ...tenant }.password);
        throw new Error('login with hunter2 refused');
      },
      handleUpdate: ({ password }) => password,
    });
    const tenant = await lab.engine.create('Tenant', { name: 's', password: 'hunter2' });
    expect(await lab.engine.untilState(tenant, 'Error')).toMatchObject({
      backend_status: 'policy Tenant.handleCreate: login with *** refused',
    });
    expect(errors[0]).toBeUndefined();
    lab.answer('Tenant', { handleCreate: ({ password }) => password });
    await lab.engine.until(
      tenant,
      ({ backend_status }) => backend_status.includes('is secret'),
      'to be refused the secret',
    );
    expect((await lab.engine.get(tenant))?.backend_status).toContain(
      `password of Tenant/${tenant.id} is secret: only its step reads it`,
    );
  });
});

describe('an object with no_policy', () => {
  test('is synchronized without its policy', async () => {
    const tenant = await lab.engine.create('Tenant', { name: 't', no_policy: true });
    await lab.engine.untilState(tenant, 'Synced');
    expect(lab.callsOf(tenant)).toEqual([]);
  });

  test('is deleted without its policy', async () => {
    const tenant = await lab.engine.create('Tenant', { name: 't', no_policy: true });
    await lab.engine.untilState(tenant, 'Synced');
    await lab.engine.remove(tenant);
    await lab.engine.untilGone(tenant);
    expect(lab.callsOf(tenant)).toEqual([]);
  });
});

describe('a policy is refused in a sentence', () => {
  test.each<[string, string, Handler]>([
    [
      'writing feedback',
      'backend_handle is feedback state: only a step writes it',
      (tenant, { update }) => update(tenant, { backend_handle: 'x' }),
    ],
    [
      'writing bookkeeping',
      'no_sync is bookkeeping: a policy writes declarative state only',
      (tenant, { update }) => update(tenant, { no_sync: true }),
    ],
    [
      'assigning to an object',
      'a policy changes it with update(object, { name: … })',
      (tenant) => void ((tenant as { name: string }).name = 'x'),
    ],
    [
      'recording feedback',
      'a policy writes declarative state only',
      (_, context) => (context as unknown as { record: (value: object) => void }).record({}),
    ],
    [
      'making what a model does not allow',
      'Room cannot be created: name is required',
      (_, { create }) => create(Room, {}),
    ],
    [
      'making what no xproto declares',
      'there is no model "Nothing"',
      (_, { create }) => create({ name: 'Nothing' }, {}),
    ],
  ])('%s', async (_, sentence, handleCreate) => {
    lab.answer('Tenant', { handleCreate });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    const { backend_status } = await lab.engine.untilState(tenant, 'Error');
    expect(backend_status).toContain(sentence);
    lab.answer('Tenant', {});
    await lab.engine.untilState(tenant, 'Synced');
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(
    await lab.engine.store.database.query("select * from events where kind = 'found by the sweep'"),
  ).toEqual([]);
});
