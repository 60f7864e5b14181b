import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [field('name'), field('backend_handle', { state: 'feedback', nullable: true })];
const MODELS = [model('Router', { fields }), model('Rack', { fields })];
const ME = { name: 'a test' };

let backend: Backend;
let engine: Engine;
beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, {
    Router: backend.step('Router', { resyncEveryMs: 200 }),
    Rack: backend.step('Rack'),
  });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

const more = async (ref: Ref, count: number): Promise<void> => {
  const before = backend.attempts(ref);
  await waitFor(`${count} more attempts`, () => backend.attempts(ref) >= before + count || undefined);
};

/** Wait until the object came round, and was passed by: its next turn is another. */
async function passedBy(ref: Ref): Promise<void> {
  const turn = async (): Promise<number> => {
    const [row] = await engine.store.database.query<{ at: Date | null }>(
      'select resync_at as at from objects where id = $1',
      [ref.id],
    );
    return row?.at?.getTime() ?? 0;
  };
  for (let round = 0, last = await turn(); round < 2; round += 1) {
    last = await waitFor('its next turn', async () => {
      const at = await turn();
      return at === last ? undefined : at;
    });
  }
}

describe('a step with resyncEveryMs', () => {
  test('is called again and again for what is clean, and never for another model', async () => {
    const rack = await engine.create('Rack', { name: 'r' });
    const router = await engine.create('Router', { name: 'a' });
    await more(router, 4);
    expect(backend.attempts(rack)).toBe(1);
    expect(await engine.get(router)).toMatchObject({ version: 1 });
  });

  test('is not called for what is paused, unmanaged or deleted', async () => {
    const paused = await engine.create('Router', { name: 'paused' });
    const unmanaged = await engine.create('Router', { name: 'unmanaged' });
    await engine.untilState(paused, 'Synced');
    await engine.untilState(unmanaged, 'Synced');
    await engine.store.pause(ME, { scope: 'object', name: String(paused.id) }, { reason: 'a test' });
    await engine.update(unmanaged, { no_sync: true });
    await engine.untilState(unmanaged, 'Not managed');
    await passedBy(paused);
    const before = [backend.attempts(paused), backend.attempts(unmanaged)];
    await passedBy(paused);
    await passedBy(unmanaged);
    expect([backend.attempts(paused), backend.attempts(unmanaged)]).toEqual(before);

    await engine.store.resume(ME, { scope: 'object', name: String(paused.id) });
    await engine.update(unmanaged, { no_sync: false });
    await more(paused, 1);
    await more(unmanaged, 1);
    await engine.remove(paused);
    await engine.untilGone(paused);
    expect(backend.log(paused).at(-1)).toBe('delete paused');
  });

  test('is called again after a restart', async () => {
    const router = await engine.create('Router', { name: 'b' });
    await engine.untilState(router, 'Synced');
    await engine.stopWorkers();
    const before = backend.attempts(router);
    await engine.startWorker();
    await waitFor('another attempt', () => backend.attempts(router) > before || undefined);
  });

  test('comes in for what had been synchronized before it asked for that, and goes', async () => {
    const { store, synchronizer } = engine;
    const rack = await engine.create('Rack', { name: 'old' });
    await engine.untilState(rack, 'Synced');
    const turns = async () =>
      (
        await store.database.query<{ isDue: boolean }>(
          'select resync_at is not null as "isDue" from objects where id = $1',
          [rack.id],
        )
      )[0]?.isDue;
    const register = (rackTraits: object) =>
      store.register({
        synchronizer,
        models: MODELS.map((definition) => ({
          definition,
          hasStep: true,
          hasPolicy: false,
          traits: definition.name === 'Rack' ? rackTraits : { resyncEveryMs: 200 },
        })),
      });
    expect(await turns()).toBe(false);
    await register({ resyncEveryMs: 3_600_000 });
    expect(await turns()).toBe(true);
    await register({});
    expect(await turns()).toBe(false);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
