import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DeferredException, PermanentException } from '../../define/index.ts';
import { field, link, model } from '../support/models.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
  field('secret', { secret: true, nullable: true }),
];
const MODELS = [
  model('Base', { fields }),
  model('Node', { fields, links: [link('base', 'Base'), link('parent', 'Node')] }),
];

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(MODELS, { Base: backend.step('Base'), Node: backend.step('Node') });
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

describe('an object', () => {
  test('is synchronized soon after it was created, with its feedback', async () => {
    const base = await engine.create('Base', { name: 'a' });
    const object = await engine.untilState(base, 'Synced');
    expect(object).toMatchObject({
      enacted: 1,
      backend_code: 1,
      backend_status: 'OK',
      feedback: { backend_handle: `h${base.id}` },
    });
  });

  test('is synchronized again when its goal changes', async () => {
    const base = await engine.create('Base', { name: 'a' });
    await engine.untilState(base, 'Synced');
    await engine.update(base, { name: 'b' });
    await engine.until(base, ({ enacted }) => enacted === 2, 'to be at generation 2');
    expect(backend.log(base)).toEqual(['sync a', 'sync b']);
  });

  test('waits for what it links to, and goes on by itself', async () => {
    backend.fail((_, { name }) => (name === 'slow' ? new DeferredException('not yet') : undefined));
    const base = await engine.create('Base', { name: 'slow' });
    const node = await engine.create('Node', { name: 'n', base });
    const waiting = await engine.until(
      node,
      (object) => object.backend_status.endsWith('(Deferred)'),
      'to wait',
    );
    expect(waiting).toMatchObject({
      state: 'Waiting',
      backend_code: 0,
      backend_status: `waits for Base/${base.id} (Deferred)`,
      root: base,
    });
    backend.fail(() => undefined);
    await engine.untilState(node, 'Synced');
    expect(backend.order([base, node])).toEqual([base.id, node.id]);
  });

  test('shows the error of what it waits for, as long as there is one', async () => {
    backend.fail((_, { name }) => (name === 'bad' ? new Error('HTTP 503') : undefined));
    const base = await engine.create('Base', { name: 'bad' });
    const middle = await engine.create('Node', { name: 'middle', base });
    const last = await engine.create('Node', { name: 'last', parent: middle });
    await engine.until(last, ({ backend_code }) => backend_code === 2, 'to be in error');
    const text = `Failed due to error in model Base id ${base.id}: HTTP 503`;
    expect(await engine.get(middle)).toMatchObject({
      state: 'Waiting',
      backend_code: 2,
      backend_status: text,
      root: base,
    });
    expect(await engine.get(last)).toMatchObject({
      state: 'Waiting',
      backend_code: 2,
      backend_status: text,
      root: base,
    });
    expect(await engine.get(base)).toMatchObject({
      state: 'Error',
      backend_code: 2,
      backend_status: 'HTTP 503',
    });
    backend.fail(() => undefined);
    await engine.untilState(last, 'Synced');
    expect(backend.order([base, middle, last])).toEqual([base.id, middle.id, last.id]);
  });

  test('in backoff is tried at once when its goal changes', async () => {
    backend.fail((_, { name }) => (name === 'bad' ? new Error('no') : undefined));
    const base = await engine.create('Base', { name: 'bad' });
    await engine.until(base, ({ failures }) => failures >= 3, 'to have failed three times');
    await engine.update(base, { name: 'good' });
    const object = await engine.untilState(base, 'Synced');
    expect(object.failures).toBe(0);
  });

  test('that is deferred counts no failure and shows the reason', async () => {
    backend.fail((_, { name }) =>
      name === 'later' ? new DeferredException('instance has no address yet') : undefined,
    );
    const base = await engine.create('Base', { name: 'later' });
    const object = await engine.untilState(base, 'Deferred');
    expect(object).toMatchObject({
      failures: 0,
      backend_code: 0,
      backend_status: 'instance has no address yet',
    });
    await waitFor('three attempts', () => (backend.attempts(base) >= 3 ? true : undefined));
    backend.fail(() => undefined);
    await engine.untilState(base, 'Synced');
  });

  test('that can never succeed is tried again only when its goal changes', async () => {
    backend.fail((_, { name }) => (name === 'never' ? new PermanentException('no such flavor') : undefined));
    const base = await engine.create('Base', { name: 'never' });
    expect(await engine.untilState(base, 'Stalled')).toMatchObject({
      backend_code: 2,
      backend_status: 'no such flavor',
    });
    await engine.update(base, { name: 'possible' });
    await engine.untilState(base, 'Synced');
    expect(backend.log(base)).toEqual(['fail never', 'sync possible']);
  });

  test('does not delay another that needs nothing of it', async () => {
    const release = backend.hang('sleeper');
    const sleeper = await engine.create('Base', { name: 'sleeper' });
    await waitFor('the sleeper to begin', () => (backend.attempts(sleeper) > 0 ? true : undefined));
    const other = await engine.create('Base', { name: 'other' });
    await engine.untilState(other, 'Synced');
    expect(await engine.get(sleeper)).toMatchObject({ state: 'Syncing' });
    release();
    await engine.untilState(sleeper, 'Synced');
  });
});

describe('a deleted object', () => {
  test('is removed from the back end, and then is gone', async () => {
    const base = await engine.create('Base', { name: 'a' });
    await engine.untilState(base, 'Synced');
    await engine.remove(base);
    await engine.untilGone(base);
    expect(backend.log(base)).toEqual(['sync a', 'delete a']);
  });

  test('goes after its dependents', async () => {
    const base = await engine.create('Base', { name: 'a' });
    const node = await engine.create('Node', { name: 'n', base });
    const leaf = await engine.create('Node', { name: 'l', parent: node, base });
    await engine.untilState(leaf, 'Synced');
    await engine.remove(base, { cascade: true });
    await engine.untilGone(base);
    expect(backend.order([base, node, leaf], 'delete')).toEqual([leaf.id, node.id, base.id]);
  });

  test('that no attempt ever began goes without deleteRecord', async () => {
    backend.fail((kind, { name }) => (kind === 'sync' && name === 'bad' ? new Error('no') : undefined));
    const base = await engine.create('Base', { name: 'bad' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.until(node, ({ root }) => root !== null, 'to wait');
    await engine.remove(node);
    await engine.untilGone(node);
    expect(backend.log(node)).toEqual([]);
    await engine.until(base, ({ failures }) => failures > 0, 'to have failed');
    await engine.remove(base);
    await engine.untilGone(base);
    expect(backend.log(base).at(-1)).toBe('delete bad');
  });

  test('stops the attempt that runs on it', async () => {
    backend.hang('stuck');
    const base = await engine.create('Base', { name: 'stuck' });
    await waitFor('the attempt to begin', () => (backend.attempts(base) > 0 ? true : undefined));
    await engine.remove(base);
    await engine.untilGone(base);
    expect(backend.log(base)).toEqual(['aborted stuck', 'delete stuck']);
  });

  test('in backoff is deleted at once', async () => {
    backend.fail(() => new Error('no'));
    const base = await engine.create('Base', { name: 'x' });
    await engine.until(base, ({ failures }) => failures >= 3, 'to have failed');
    backend.fail(() => undefined);
    await engine.remove(base);
    await engine.untilGone(base);
  });
});

test('the value of a secret field is in no text, whatever the author says', async () => {
  backend.fail((_, object) =>
    object['secret'] === 'hunter2' ? new Error('login with hunter2 refused') : undefined,
  );
  const base = await engine.create('Base', { name: 's', secret: 'hunter2' });
  expect(await engine.untilState(base, 'Error')).toMatchObject({ backend_status: 'login with *** refused' });
  const attempts = await engine.store.database.query('select text from attempts where object_id = $1', [
    base.id,
  ]);
  expect(JSON.stringify(attempts)).not.toContain('hunter2');
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
