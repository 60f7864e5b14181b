import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../../store/errors.ts';
import type { HoldTarget } from '../../store/holds.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [model('Base', { fields }), model('Node', { fields, links: [link('base', 'Base')] })];
const ME = { name: 'olga' };

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, { Base: backend.step('Base'), Node: backend.step('Node') });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

const pause = (target: HoldTarget, until?: Date) =>
  engine.store.pause(ME, target, { reason: 'maintenance', ...(until && { until }) });
const resume = (target: HoldTarget) => engine.store.resume(ME, target);
const objectOf = ({ id }: { id: number }): HoldTarget => ({ scope: 'object', name: String(id) });

/** A write that is not held: when it is synced, whatever was told before it has been seen by the engine. */
async function barrier(): Promise<void> {
  const other = await engine.create('Base', { name: 'barrier' });
  await engine.untilState(other, 'Synced');
}

describe('a pause', () => {
  test('of a model holds its objects back, says who, why and until when, and resuming lets them go on', async () => {
    await pause({ scope: 'model', name: 'Node' });
    const node = await engine.create('Node', { name: 'n' });
    await barrier();
    expect(await engine.get(node)).toMatchObject({
      state: 'Paused',
      backend_code: 0,
      backend_status: 'paused with its model Node by olga: maintenance',
    });
    expect(backend.attempts(node)).toBe(0);
    await resume({ scope: 'model', name: 'Node' });
    await engine.untilState(node, 'Synced');
  });

  test('of an object holds back what depends on it, and says so', async () => {
    const base = await engine.create('Base', { name: 'b' });
    await engine.untilState(base, 'Synced');
    await pause(objectOf(base));
    expect((await engine.get(base))?.state).toBe('Synced');
    await engine.update(base, { name: 'b2' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.until(node, ({ root }) => root !== null, 'to wait');
    expect(await engine.get(node)).toMatchObject({
      state: 'Waiting',
      backend_status: `waits for Base/${base.id} (Paused)`,
    });
    await resume(objectOf(base));
    await engine.untilState(node, 'Synced');
    expect(backend.order([base, node])).toEqual([base.id, node.id]);
  });

  test('stops the attempt that runs, and ends a backoff without a further attempt', async () => {
    backend.hang('stuck');
    backend.fail((_, { name }) => (name === 'bad' ? new Error('no') : undefined));
    const stuck = await engine.create('Base', { name: 'stuck' });
    const bad = await engine.create('Base', { name: 'bad' });
    await waitFor('the attempt to begin', () => (backend.attempts(stuck) > 0 ? true : undefined));
    await engine.until(bad, ({ failures }) => failures >= 2, 'to have failed');
    await pause({ scope: 'synchronizer', name: engine.synchronizer });
    await waitFor('the attempt to end', () =>
      backend.log(stuck).includes('aborted stuck') ? true : undefined,
    );
    await engine.untilState(bad, 'Paused');
    backend.reset();
    await resume({ scope: 'synchronizer', name: engine.synchronizer });
    await Promise.all([engine.untilState(stuck, 'Synced'), engine.untilState(bad, 'Synced')]);
  });

  test('ends by itself when its time has come', async () => {
    const [row] = await engine.store.database.query<{ soon: Date }>(
      "select now() + interval '700 ms' as soon",
    );
    await pause({ scope: 'model', name: 'Node' }, row?.soon);
    const node = await engine.create('Node', { name: 'n' });
    expect((await engine.get(node))?.state).toBe('Paused');
    await engine.untilState(node, 'Synced');
  });

  test('of what does not exist is refused', async () => {
    await expect(pause({ scope: 'model', name: 'Nod' })).rejects.toThrow(
      'there is no model Nod; did you mean Node?',
    );
    await expect(pause(objectOf({ id: 1e15 }))).rejects.toThrow(Refusal);
  });
});

describe('a disabled synchronizer', () => {
  const registerAs = (disabled: boolean) =>
    engine.store.register({
      synchronizer: engine.synchronizer,
      disabled,
      models: MODELS.map((definition) => ({ definition, hasStep: true, hasPolicy: false })),
    });

  test('keeps what is written, relays nothing, and goes on when it is enabled', async () => {
    backend.hang('stuck');
    const stuck = await engine.create('Base', { name: 'stuck' });
    await waitFor('the attempt to begin', () => (backend.attempts(stuck) > 0 ? true : undefined));
    await registerAs(true);
    await waitFor('the attempt to end', () =>
      backend.log(stuck).includes('aborted stuck') ? true : undefined,
    );
    const base = await engine.create('Base', { name: 'kept' });
    expect(await engine.get(base)).toMatchObject({
      state: 'Paused',
      backend_status: 'its synchronizer is disabled',
    });
    backend.reset();
    await registerAs(false);
    await Promise.all([engine.untilState(base, 'Synced'), engine.untilState(stuck, 'Synced')]);
    expect(backend.attempts(base)).toBe(1);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
