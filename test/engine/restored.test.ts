import { expect, test } from 'vitest';
import { RestoredError } from '../../store/restored.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];

test('on a restored database nothing is done until it is repaired, and then everything again, with new ids', async () => {
  const backend = createBackend();
  const engine = await startEngine(
    [model('Base', { fields }), model('Node', { fields, links: [link('base', 'Base')] })],
    {
      Base: backend.step('Base'),
      Node: backend.step('Node'),
    },
  );
  try {
    const base = await engine.create('Base', { name: 'b' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.untilState(node, 'Synced');
    await engine.stopWorkers();
    // What a restored backup looks like from here: another Postgres than the one that was written down.
    await engine.store.database.query("update installation set system = 'the one before'");
    await expect(engine.store.ensureSchema()).rejects.toThrow(RestoredError);
    await expect(engine.startWorker()).rejects.toThrow('accord doctor --repair');

    expect(await engine.store.repair()).toBe(2);
    await engine.startWorker();
    await engine.until(
      node,
      ({ enacted, generation }) => enacted === generation && generation > 1_000_000,
      'to be synced anew',
    );
    expect(backend.log(base)).toEqual(['sync b', 'sync b']);
    const next = await engine.create('Base', { name: 'next' });
    expect(next.id).toBeGreaterThan(node.id + 900_000);
    await engine.untilState(next, 'Synced');
  } finally {
    await engine.stop();
  }
});
