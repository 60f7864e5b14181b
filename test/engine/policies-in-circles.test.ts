import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import type { StoredObject } from '../../store/types.ts';
import { openPolicyLab, Pong, type LabContext } from '../support/policy-lab.ts';
import { waitFor } from '../support/wait-for.ts';

const lab = openPolicyLab();

describe('policies that answer each other', () => {
  test('count how far they are from the person who began', async () => {
    lab.answer('Ping', {
      handleCreate: (ping, { create }) => create(Pong, { name: 'p', ping }),
    });
    const ping = await lab.engine.create('Ping', { name: 'p' });
    await lab.engine.untilState(ping, 'Synced');
    const pong = await waitFor('the pong', async () =>
      (await lab.engine.store.list('Pong')).find(
        ({ declarative }) => (declarative['ping'] as Ref | null)?.id === ping.id,
      ),
    );
    expect((await lab.row(ping))['depth']).toBe(0);
    expect((await lab.row(pong))['depth']).toBe(1);
    await lab.engine.untilState(pong, 'Synced');
    await lab.engine.update(pong, { name: 'by hand' });
    expect((await lab.row(pong))['depth']).toBe(0);
  });

  test('are stopped after twenty, naming those who go in a circle', async () => {
    const bump = async (other: Ref | null, { follow, update }: LabContext): Promise<void> => {
      if (other === null) return;
      const { size } = await follow(other);
      await update(other, { size: String(Number(size) + 1) });
    };
    const pong = await lab.engine.create('Pong', { name: 'pong', size: '0' });
    const ping = await lab.engine.create('Ping', { name: 'ping', size: '0', pong });
    await lab.engine.untilState(ping, 'Synced');
    await lab.engine.update(pong, { ping });
    await lab.engine.untilState(pong, 'Synced');
    lab.answer('Ping', { handleUpdate: (one, context) => bump(one.pong, context) });
    lab.answer('Pong', { handleUpdate: (one, context) => bump(one.ping, context) });
    await lab.engine.update(ping, { name: 'go' });
    const inError = async (): Promise<StoredObject | undefined> => {
      const both = [await lab.engine.get(ping), await lab.engine.get(pong)];
      return both.find((object) => object?.state === 'Error') ?? undefined;
    };
    // Twenty times from one to the other, which takes a busy machine a while.
    const stopped = await waitFor('one of them to be in error', inError, () => lab.calls(), 40_000);
    expect(stopped.backend_status).toMatch(/more than 20 policies have written in answer to each other/);
    expect(stopped.backend_status).toContain(`policy Ping/${ping.id}`);
    expect(stopped.backend_status).toContain(`policy Pong/${pong.id}`);
    expect(stopped.backend_status).toContain('(begun by a test)');
    expect(lab.calls()).toBeGreaterThan(20);
    lab.answer('Ping', {});
    lab.answer('Pong', {});
    await lab.engine.untilState(ping, 'Synced');
    await lab.engine.untilState(pong, 'Synced');
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(
    await lab.engine.store.database.query("select * from events where kind = 'found by the sweep'"),
  ).toEqual([]);
});
