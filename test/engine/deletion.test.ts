import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Base', { fields }),
  model('Node', { fields, links: [link('base', 'Base'), link('parent', 'Node')] }),
];
const ME = { name: 'olga' };

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, { Base: backend.step('Base'), Node: backend.step('Node') });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

describe('a deletion', () => {
  test('waits for what the back end may still use, although the goal does not any more', async () => {
    const [old, next] = [
      await engine.create('Base', { name: 'old' }),
      await engine.create('Base', { name: 'next' }),
    ];
    const node = await engine.create('Node', { name: 'n', base: old });
    await engine.untilState(node, 'Synced');
    backend.fail((kind, { name }) => (kind === 'sync' && name === 'n' ? new Error('not now') : undefined));
    await engine.update(node, { base: next });
    await engine.until(node, ({ failures }) => failures > 0, 'to have failed');
    await engine.remove(old);
    const waiting = await engine.until(old, ({ root }) => root !== null, 'to wait');
    expect(waiting).toMatchObject({ state: 'Deleting', root: node });
    expect(backend.log(old)).toEqual(['sync old']);
    backend.fail(() => undefined);
    await engine.untilGone(old);
    expect(backend.log(old)).toEqual(['sync old', 'delete old']);
  });

  test('of a whole graph of 200 objects in one call goes in reverse order', async () => {
    const root = await engine.create('Base', { name: 'root' });
    const nodes = await engine.store.write({ name: 'bulk', isBulk: true }, async (tx) => {
      const made = [await tx.create('Node', { name: 'n0', base: root })];
      for (let index = 1; index < 199; index += 1) {
        made.push(
          await tx.create('Node', {
            name: `n${index}`,
            base: root,
            parent: made[Math.floor((index - 1) / 3)],
          }),
        );
      }
      return made;
    });
    for (const node of nodes)
      await engine.until(node, ({ state }) => state === 'Synced', 'to be synced', 60_000);
    const marked = await engine.remove(root, { cascade: true });
    expect(marked).toHaveLength(200);
    await waitFor(
      'all to be gone',
      async () => ((await engine.store.unsettled()).length === 0 ? true : undefined),
      undefined,
      60_000,
    );
    const order = backend.order([root, ...nodes], 'delete');
    expect(order).toHaveLength(200);
    const at = new Map(order.map((id, index) => [id, index]));
    nodes.forEach((node, index) => {
      const parent = index === 0 ? root : nodes[Math.floor((index - 1) / 3)];
      expect(at.get(node.id)).toBeLessThan(at.get(parent?.id ?? 0) ?? 0);
    });
  }, 180_000);

  test('that the back end never confirms is given up on explicitly, and audited', async () => {
    backend.fail((kind) => (kind === 'delete' ? new Error('HTTP 500') : undefined));
    const base = await engine.create('Base', { name: 'stuck' });
    await engine.untilState(base, 'Synced');
    await engine.remove(base);
    await engine.until(base, ({ state }) => state === 'Error', 'to fail');
    await engine.store.write(ME, (tx) => tx.remove(base, { orphan: true }));
    expect(await engine.get(base)).toBeNull();
    const events = await engine.store.database.query(
      'select writer from events where object_id = $1 and kind = $2',
      [base.id, 'orphaned'],
    );
    expect(events).toEqual([{ writer: 'olga' }]);
  });

  test('of an object with no_sync waits until that is unset', async () => {
    const base = await engine.create('Base', { name: 'kept' });
    await engine.untilState(base, 'Synced');
    await engine.update(base, { no_sync: true });
    expect(await engine.get(base)).toMatchObject({ state: 'Not managed', backend_code: 1 });
    await engine.remove(base);
    expect(await engine.get(base)).toMatchObject({
      state: 'Deleting',
      backend_status: 'no_sync: unset it, or --orphan',
    });
    expect(backend.log(base)).toEqual(['sync kept']);
    await engine.update(base, { no_sync: false });
    await engine.untilGone(base);
    expect(backend.log(base)).toEqual(['sync kept', 'delete kept']);
  });
});

test('an object that becomes no_sync holds its dependents no longer', async () => {
  backend.fail((_, { name }) => (name === 'bad' ? new Error('no') : undefined));
  const base = await engine.create('Base', { name: 'bad' });
  const node = await engine.create('Node', { name: 'n', base });
  await engine.until(node, ({ backend_code }) => backend_code === 2, 'to be held by the error');
  await engine.update(base, { no_sync: true });
  await engine.untilState(node, 'Synced');
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
