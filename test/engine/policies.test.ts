import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { openPolicyLab, Room } from '../support/policy-lab.ts';

const lab = openPolicyLab();

const audit = (ref: Ref) =>
  lab.engine.store.database.query<{ kind: string; writer: string | null; xid: string }>(
    'select kind, writer, xid::text from events where object_id = $1 order by id',
    [ref.id],
  );

describe('a policy', () => {
  test('runs before the step of its object, and what it creates is synchronized first', async () => {
    lab.answer('Tenant', {
      async handleCreate(tenant, { create, update }) {
        const room = await create(Room, { name: 'room' });
        await update(tenant, { room });
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    const synced = await lab.engine.untilState(tenant, 'Synced');
    const room = synced.declarative['room'] as Ref;
    expect(lab.backend.order([tenant, room])).toEqual([room.id, tenant.id]);
    expect(lab.callsOf(tenant)).toEqual(['handleCreate t']);
    expect(await lab.engine.get(room)).toMatchObject({ state: 'Synced', declarative: { name: 'room' } });
  });

  test('writes all that it writes in one transaction, under its own name', async () => {
    lab.answer('Tenant', {
      async handleCreate(tenant, { create, update }) {
        const room = await create(Room, { name: 'first' });
        await create(Room, { name: 'second', tenant });
        await update(tenant, { room });
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    const { declarative } = await lab.engine.untilState(tenant, 'Synced');
    const [second] = await lab.roomsOf(tenant);
    const written = [
      ...(await audit(tenant)),
      ...(await audit(declarative['room'] as Ref)),
      ...(await audit(second as Ref)),
    ].filter(({ writer }) => writer === `policy Tenant/${tenant.id}`);
    expect(written.map(({ kind }) => kind).sort()).toEqual(['created', 'created', 'updated']);
    expect(new Set(written.map(({ xid }) => xid)).size).toBe(1);
    const [policed] = (await audit(tenant)).filter(({ kind }) => kind === 'policed');
    expect(policed?.xid).toBe(written[0]?.xid);
  });

  test('answers its own write with it: it is not asked about that again', async () => {
    lab.answer('Tenant', {
      handleUpdate: (tenant, { update }) => update(tenant, { size: `${tenant.name}!` }),
    });
    const tenant = await lab.engine.create('Tenant', { name: 'a' });
    await lab.engine.untilState(tenant, 'Synced');
    await lab.engine.update(tenant, { name: 'b' });
    const object = await lab.engine.until(
      tenant,
      ({ state, version }) => state === 'Synced' && version === 3,
      'to be at version 3',
    );
    expect(object).toMatchObject({ declarative: { size: 'b!' }, policed: 3, enacted: 3 });
    expect(lab.callsOf(tenant)).toEqual(['handleCreate a', 'handleUpdate b']);
    expect(lab.backend.log(tenant)).toEqual(['sync a', 'sync b']);
  });

  test('that writes what is there already changes nothing', async () => {
    lab.answer('Tenant', { handleUpdate: (tenant, { update }) => update(tenant, { size: 'same' }) });
    const tenant = await lab.engine.create('Tenant', { name: 'a', size: 'same' });
    await lab.engine.untilState(tenant, 'Synced');
    await lab.engine.update(tenant, { name: 'b' });
    const object = await lab.engine.until(
      tenant,
      ({ state, version }) => state === 'Synced' && version > 1,
      'to be clean again',
    );
    expect(object).toMatchObject({ version: 2, policed: 2, enacted: 2 });
  });

  test('reads what it has written itself, also what has no row yet', async () => {
    const seen: unknown[] = [];
    lab.answer('Tenant', {
      async handleCreate(tenant, { create, update, remove, find, follow }) {
        const one = await create(Room, { name: 'one', tenant });
        const two = await create(Room, { name: 'two', tenant });
        await update(one, { size: 'big' });
        await remove(two);
        seen.push((await find(Room, { tenant })).map(({ name, size }) => `${name} ${size}`));
        seen.push((await follow(one)).size);
        await expect(follow(two)).rejects.toThrow(`Room/${two.id} is removed by this policy`);
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Synced');
    expect(seen).toEqual([['one big'], 'big']);
  });

  test('changes nothing when it throws after it has written', async () => {
    let isBroken = true;
    lab.answer('Tenant', {
      async handleCreate(tenant, { create }) {
        await create(Room, { name: 'once', tenant });
        if (isBroken) throw new Error('broken');
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.until(tenant, ({ failures }) => failures >= 2, 'to have failed twice');
    expect(await lab.roomsOf(tenant)).toEqual([]);
    isBroken = false;
    await lab.engine.untilState(tenant, 'Synced');
    expect(await lab.roomsOf(tenant)).toHaveLength(1);
  });

  test('is waited for, when it does not wait for its own writes', async () => {
    lab.answer('Tenant', {
      handleCreate(tenant, { create }) {
        void create(Room, { name: 'floating', tenant });
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Synced');
    expect(await lab.roomsOf(tenant)).toHaveLength(1);
  });

  test('runs again when what it read and changes has changed meanwhile, and loses no write', async () => {
    const hall = await lab.engine.create('Room', { name: 'hall', size: '' });
    let reads = 0;
    lab.answer('Tenant', {
      async handleCreate(tenant, { follow, update }) {
        const { size } = await follow(hall);
        reads += 1;
        if (reads === 1) await lab.engine.update(hall, { size: 'person' });
        await update(hall, { size: `${size}+${tenant.name}` });
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Synced');
    expect(await lab.engine.get(hall)).toMatchObject({ declarative: { size: 'person+t' } });
    expect(lab.callsOf(tenant)).toEqual(['handleCreate t', 'handleCreate t']);
    expect(await lab.engine.get(tenant)).toMatchObject({ failures: 0 });
  });

  test('answers for the latest goal when a person writes while it runs', async () => {
    lab.answer('Tenant', {
      async handleCreate(tenant, { create }) {
        if (tenant.name === 'old') await lab.engine.update(tenant, { name: 'new' });
        await create(Room, { name: `of ${tenant.name}`, tenant });
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 'old' });
    await lab.engine.untilState(tenant, 'Synced');
    expect((await lab.roomsOf(tenant)).map(({ declarative }) => declarative['name'])).toEqual(['of new']);
    expect(lab.backend.log(tenant)).toEqual(['sync new']);
  });

  test('of many that change one object loses no change', async () => {
    const hall = await lab.engine.create('Room', { name: 'hall', size: '' });
    lab.answer('Tenant', {
      async handleCreate(tenant, { follow, update }) {
        const { size } = await follow(hall);
        await update(hall, { size: `${size ?? ''}${tenant.name}` });
      },
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const tenants = await Promise.all(names.map((name) => lab.engine.create('Tenant', { name })));
    for (const tenant of tenants) await lab.engine.untilState(tenant, 'Synced');
    const size = (await lab.engine.get(hall))?.declarative['size'] as string;
    expect(Array.from(size).sort()).toEqual(names);
  });
});

test('a policy is an attempt that is kept, with what it logged and no secret in it', async () => {
  lab.answer('Tenant', {
    handleCreate: (tenant, { log }) => log.info({ name: tenant.name }, 'welcome, hunter2'),
  });
  const tenant = await lab.engine.create('Tenant', { name: 't', password: 'hunter2' });
  await lab.engine.untilState(tenant, 'Synced');
  const attempts = await lab.engine.store.database.query<{ log: string | null }>(
    'select kind, generation, outcome, log from attempts where object_id = $1 order by number',
    [tenant.id],
  );
  expect(attempts).toMatchObject([
    { kind: 'police', generation: 1, outcome: 'synced' },
    { kind: 'sync', generation: 1, outcome: 'synced', log: null },
  ]);
  expect(attempts[0]?.log).toMatch(/Z info welcome, \*\*\* \{"name":"t"\}$/);
});

describe('a model with a policy and no step', () => {
  test('is clean when its policy has answered', async () => {
    lab.answer('Rule', {
      handleCreate: (rule, { create }) => create(Room, { name: rule.name }),
    });
    const rule = await lab.engine.create('Rule', { name: 'r' });
    expect(await lab.engine.untilState(rule, 'Synced')).toMatchObject({ enacted: 1, policed: 1 });
    await lab.engine.update(rule, { name: 's' });
    await lab.engine.until(
      rule,
      ({ state, enacted }) => state === 'Synced' && enacted === 2,
      'to be clean again',
    );
    expect(lab.callsOf(rule)).toEqual(['handleCreate r', 'handleUpdate s']);
    expect(await lab.row(rule)).toMatchObject({ backend_need_delete: false });
  });

  test('is clean at once with no_policy', async () => {
    const rule = await lab.engine.create('Rule', { name: 'r', no_policy: true });
    expect(await lab.engine.get(rule)).toMatchObject({ state: 'Synced', enacted: 1 });
  });

  test('is gone when handleDelete is done', async () => {
    const rule = await lab.engine.create('Rule', { name: 'r' });
    await lab.engine.untilState(rule, 'Synced');
    await lab.engine.remove(rule);
    await lab.engine.untilGone(rule);
    expect(lab.callsOf(rule)).toEqual(['handleCreate r', 'handleDelete r']);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(
    await lab.engine.store.database.query("select * from events where kind = 'found by the sweep'"),
  ).toEqual([]);
});
