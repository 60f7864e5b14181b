import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { openPolicyLab, Room } from '../support/policy-lab.ts';

const lab = openPolicyLab();

describe('handleDelete', () => {
  test('runs before deleteRecord, and the object is there until it is done', async () => {
    const order: string[] = [];
    let isBroken = true;
    lab.answer('Tenant', {
      handleDelete() {
        order.push('policy');
        if (isBroken) throw new Error('not yet');
      },
    });
    lab.backend.fail((kind) => {
      if (kind === 'delete') order.push('step');
      return undefined;
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    await lab.engine.untilState(tenant, 'Synced');
    await lab.engine.remove(tenant);
    await lab.engine.until(tenant, ({ failures }) => failures >= 2, 'to have failed twice');
    expect(order).not.toContain('step');
    expect(await lab.engine.get(tenant)).toMatchObject({ deleted: true, state: 'Error' });
    isBroken = false;
    await lab.engine.untilGone(tenant);
    expect(order.at(-1)).toBe('step');
    expect(order.filter((who) => who === 'step')).toHaveLength(1);
  });

  test('may remove what the policy has made', async () => {
    lab.answer('Tenant', {
      async handleCreate(tenant, { create, update }) {
        await update(tenant, { room: await create(Room, { name: 'own' }) });
      },
      async handleDelete(tenant, { remove }) {
        if (tenant.room !== null) await remove(tenant.room);
      },
    });
    const tenant = await lab.engine.create('Tenant', { name: 't' });
    const { declarative } = await lab.engine.untilState(tenant, 'Synced');
    const room = declarative['room'] as Ref;
    await lab.engine.remove(tenant);
    await lab.engine.untilGone(room);
    await lab.engine.untilGone(tenant);
    expect(lab.backend.order([tenant, room], 'delete')).toEqual([tenant.id, room.id]);
  });

  test('runs for an object that no attempt of its step ever began, and then it is gone', async () => {
    lab.answer('Tenant', {
      handleCreate: () => Promise.reject(new Error('no')),
      handleDelete: (tenant, { create }) => create(Room, { name: `after ${tenant.name}` }),
    });
    const tenant = await lab.engine.create('Tenant', { name: 'unborn' });
    await lab.engine.untilState(tenant, 'Error');
    await lab.engine.remove(tenant);
    await lab.engine.untilGone(tenant);
    expect(lab.callsOf(tenant).at(-1)).toBe('handleDelete unborn');
    expect(lab.backend.log(tenant)).toEqual([]);
    expect((await lab.engine.store.find('Room', { name: 'after unborn' })).length).toBe(1);
  });

  test('runs, too, when the policy itself has removed its object', async () => {
    lab.answer('Tenant', { handleUpdate: (tenant, { remove }) => remove(tenant) });
    const tenant = await lab.engine.create('Tenant', { name: 'a' });
    await lab.engine.untilState(tenant, 'Synced');
    await lab.engine.update(tenant, { name: 'b' });
    await lab.engine.untilGone(tenant);
    expect(lab.callsOf(tenant)).toEqual(['handleCreate a', 'handleUpdate b', 'handleDelete b']);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(
    await lab.engine.store.database.query("select * from events where kind = 'found by the sweep'"),
  ).toEqual([]);
});
