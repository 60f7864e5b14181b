import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Base', { fields }),
  model('Node', { fields, links: [link('base', 'Base')] }),
  model('Able', { fields, links: [link('base', 'Base')] }),
];

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, {
    Base: backend.step('Base'),
    Node: backend.step('Node'),
    Able: backend.step('Able', { pretend: true }),
  });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

const pretend = (isOn: boolean) =>
  engine.store.register({
    synchronizer: engine.synchronizer,
    pretend: isOn,
    models: MODELS.map((definition) => ({ definition, hasStep: true, hasPolicy: false })),
  });

describe('a synchronizer that pretends', () => {
  test('goes through a whole graph in order without touching the back end, and then for real', async () => {
    await pretend(true);
    const base = await engine.create('Base', { name: 'b' });
    const node = await engine.create('Node', { name: 'n', base });
    const able = await engine.create('Able', { name: 'a', base });
    await engine.untilState(node, 'Pretended');
    expect(await engine.untilState(able, 'Pretended')).toMatchObject({
      enacted: null,
      backend_need_delete: false,
      backend_code: 0,
    });
    expect(await engine.get(base)).toMatchObject({ state: 'Pretended', enacted: null });
    // Only the step that says that it can pretend was called.
    expect([backend.attempts(base), backend.attempts(node), backend.attempts(able)]).toEqual([0, 0, 1]);

    await pretend(false);
    await Promise.all([engine.untilState(node, 'Synced'), engine.untilState(able, 'Synced')]);
    expect(backend.order([base, node])).toEqual([base.id, node.id]);
  });

  test('deletes nothing', async () => {
    const base = await engine.create('Base', { name: 'b' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.untilState(node, 'Synced');
    await pretend(true);
    await engine.remove(base, { cascade: true });
    await engine.untilState(base, 'Pretended');
    expect(await engine.get(node)).toMatchObject({ state: 'Pretended', deleted: true });
    expect(backend.order([base, node], 'delete')).toEqual([]);
    await pretend(false);
    await engine.untilGone(base);
    expect(backend.order([base, node], 'delete')).toEqual([node.id, base.id]);
  });
});
