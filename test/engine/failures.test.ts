import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DeferredException, PermanentException } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
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
  model('Hurried', { fields }),
  model('Patient', { fields }),
  model('Deaf', { fields }),
];
const HOUR_MS = 3_600_000;

let backend: Backend;
let engine: Engine;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(
    MODELS,
    {
      Base: backend.step('Base'),
      Node: backend.step('Node'),
      Hurried: backend.step('Hurried', { timeoutMs: 300 }),
      // It never ends, whatever it is told.
      Deaf: backend.step('Deaf', { timeoutMs: 300, syncRecord: () => new Promise(() => undefined) }),
      Patient: backend.step('Patient', { retry: { initialMs: 10 * HOUR_MS, maxMs: 20 * HOUR_MS } }),
    },
    // A failure stays until something ends it.
    {
      settings: {
        retry: { initialMs: HOUR_MS, factor: 2, maxMs: 2 * HOUR_MS },
        deferralMs: HOUR_MS,
        leaseMs: 1_000,
        heartbeatMs: 1_000,
      },
    },
  );
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

/** Syncs of what has this name throw this, until `mend`. */
const failing = (name: string, error: Error): void =>
  backend.fail((kind, object) => (kind === 'sync' && object.name === name ? error : undefined));
const mend = (): void => backend.fail(() => undefined);

async function waitsForNext(ref: Ref): Promise<number> {
  const [row] = await engine.store.database.query<{ ms: number }>(
    'select extract(epoch from next_attempt_at - outcome_at)::float8 * 1000 as ms from objects where id = $1',
    [ref.id],
  );
  return row?.ms ?? 0;
}

describe('an error', () => {
  test('is of exactly those that wait for its object, directly or through others', async () => {
    failing('bad', new Error('HTTP 503'));
    const [bad, good] = [
      await engine.create('Base', { name: 'bad' }),
      await engine.create('Base', { name: 'good' }),
    ];
    const child = await engine.create('Node', { name: 'child', base: bad });
    const both = await engine.create('Node', { name: 'both', base: good, parent: child });
    const sibling = await engine.create('Node', { name: 'sibling', base: good });
    const below = await engine.create('Node', { name: 'below', parent: sibling });

    await engine.untilState(below, 'Synced');
    await engine.until(both, ({ backend_code }) => backend_code === 2, 'to be in error');
    const text = `Failed due to error in model Base id ${bad.id}: HTTP 503`;
    for (const ref of [child, both]) {
      expect(await engine.get(ref)).toMatchObject({ state: 'Waiting', backend_status: text, root: bad });
    }
    for (const ref of [good, sibling, below]) {
      expect(await engine.get(ref)).toMatchObject({ backend_code: 1, backend_status: 'OK', root: null });
    }
    expect(backend.attempts(child)).toBe(0);
  });

  test('is of those, too, that begin to wait later, and no longer of those that wait no more', async () => {
    failing('bad', new Error('HTTP 503'));
    const bad = await engine.create('Base', { name: 'bad' });
    await engine.untilState(bad, 'Error');
    const good = await engine.create('Base', { name: 'good' });
    const late = await engine.create('Node', { name: 'late', base: bad });
    const text = `Failed due to error in model Base id ${bad.id}: HTTP 503`;
    await engine.until(late, ({ backend_status }) => backend_status === text, 'to be in error');

    await engine.update(late, { base: good });
    expect(await engine.untilState(late, 'Synced')).toMatchObject({ backend_code: 1, root: null });
    expect(await engine.get(bad)).toMatchObject({ state: 'Error' });
  });

  test('leaves all of them with its cause', async () => {
    failing('bad', new Error('HTTP 503'));
    const bad = await engine.create('Base', { name: 'bad' });
    const node = await engine.create('Node', { name: 'n', base: bad });
    await engine.until(node, ({ backend_code }) => backend_code === 2, 'to be in error');
    // Another error of another goal is what they show then.
    failing('worse', new Error('HTTP 500'));
    await engine.update(bad, { name: 'worse' });
    await engine.until(
      node,
      ({ backend_status }) => backend_status.endsWith(': HTTP 500'),
      'to show the new one',
    );
    mend();
    await engine.update(bad, { name: 'fine' });
    for (const ref of [bad, node]) {
      expect(await engine.untilState(ref, 'Synced')).toMatchObject({ backend_code: 1, backend_status: 'OK' });
    }
  });

  test('is shown up to 1,024 characters, and kept whole', async () => {
    const text = `HTTP 503 ${'x'.repeat(5_000)}`;
    failing('long', new Error(text));
    const base = await engine.create('Base', { name: 'long' });
    const node = await engine.create('Node', { name: 'n', base });
    const { backend_status } = await engine.untilState(base, 'Error');
    expect(backend_status).toHaveLength(1_024);
    const behind = await engine.until(node, ({ backend_code }) => backend_code === 2, 'to be in error');
    expect(behind.backend_status).toHaveLength(1_024);
    const [attempt] = await engine.store.database.query<{ text: string }>(
      'select text from attempts where object_id = $1',
      [base.id],
    );
    expect(attempt?.text).toContain(text);
  });

  test('is tried again after the time that its step says', async () => {
    failing('bad', new Error('no'));
    const [usual, patient] = [
      await engine.create('Base', { name: 'bad' }),
      await engine.create('Patient', { name: 'bad' }),
    ];
    await Promise.all([engine.untilState(usual, 'Error'), engine.untilState(patient, 'Error')]);
    for (const [ref, hours] of [
      [usual, 1],
      [patient, 10],
    ] as const) {
      const ms = await waitsForNext(ref);
      expect(ms).toBeGreaterThan(0.79 * hours * HOUR_MS);
      expect(ms).toBeLessThan(1.21 * hours * HOUR_MS);
    }
  });
});

describe('a deferral', () => {
  test('makes its dependents wait, and is an error of nobody', async () => {
    failing('later', new DeferredException('no address yet'));
    const base = await engine.create('Base', { name: 'later' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.until(node, ({ root }) => root !== null, 'to wait');
    await engine.untilState(base, 'Deferred');
    expect(await engine.get(base)).toMatchObject({
      backend_code: 0,
      backend_status: 'no address yet',
      failures: 0,
    });
    expect(await engine.get(node)).toMatchObject({
      state: 'Waiting',
      backend_code: 0,
      backend_status: `waits for Base/${base.id} (Deferred)`,
    });
  });

  test('lasts as long as is always the case, or as it says itself', async () => {
    backend.fail((_, { name }) => {
      if (name === 'later') return new DeferredException('later');
      return name === 'soon' ? new DeferredException('soon', { afterMs: 90_000 }) : undefined;
    });
    const [later, soon] = [
      await engine.create('Base', { name: 'later' }),
      await engine.create('Base', { name: 'soon' }),
    ];
    await Promise.all([engine.untilState(later, 'Deferred'), engine.untilState(soon, 'Deferred')]);
    expect(Math.round(await waitsForNext(later))).toBe(HOUR_MS);
    expect(Math.round(await waitsForNext(soon))).toBe(90_000);
  });
});

describe('a PermanentException', () => {
  test('stalls the object, which is an error of its dependents, until somebody asks for it', async () => {
    failing('never', new PermanentException('no such flavor'));
    const base = await engine.create('Base', { name: 'never' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.until(node, ({ backend_code }) => backend_code === 2, 'to be in error');
    expect(await engine.get(base)).toMatchObject({
      state: 'Stalled',
      backend_code: 2,
      backend_status: 'no such flavor',
      next_attempt_at: null,
    });
    expect(await engine.get(node)).toMatchObject({
      state: 'Waiting',
      backend_status: `Failed due to error in model Base id ${base.id}: no such flavor`,
    });
    mend();
    await engine.store.resync(base, { name: 'a test' });
    await Promise.all([engine.untilState(base, 'Synced'), engine.untilState(node, 'Synced')]);
    expect(backend.attempts(base)).toBe(2);
  });
});

describe('a step', () => {
  test('that outlives its timeout is ended, and in error with that text', async () => {
    backend.hang('slow');
    const hurried = await engine.create('Hurried', { name: 'slow' });
    expect(await engine.untilState(hurried, 'Error')).toMatchObject({
      backend_code: 2,
      backend_status: 'timed out after 0.3 seconds',
      failures: 1,
    });
    expect(backend.log(hurried)).toEqual(['aborted slow']);
    const attempts = await engine.store.database.query(
      'select outcome, code from attempts where object_id = $1',
      [hurried.id],
    );
    expect(attempts).toEqual([{ outcome: 'failed', code: 'timeout' }]);
  });

  test('that does not end when it is told to is given up', async () => {
    const deaf = await engine.create('Deaf', { name: 'd' });
    expect(await engine.untilState(deaf, 'Error')).toMatchObject({
      backend_status: 'timed out after 0.3 seconds',
    });
    await engine.remove(deaf);
    await engine.untilGone(deaf);
    expect(backend.log(deaf)).toEqual(['delete d']);
  });

  test('is stopped when its lease could not be renewed in time, though nobody tells it', async () => {
    backend.hang('cut off');
    const base = await engine.create('Base', { name: 'cut off' });
    await engine.untilState(base, 'Syncing');
    await engine.store.database.transaction(async (tx) => {
      // A database that says nothing, as when its network is cut.
      await tx.query('select 1 from objects where id = $1 for update', [base.id]);
      await waitFor('the attempt to end', () => backend.log(base).includes('aborted cut off') || undefined);
    });
    backend.reset();
    await engine.untilState(base, 'Synced');
    expect((await engine.get(base))?.failures).toBe(0);
  });

  test('that takes long without a word is not taken for dead', async () => {
    const release = backend.hang('long');
    const base = await engine.create('Base', { name: 'long' });
    // Three times as long as it takes to miss a dead worker.
    await waitFor('the lease to have been renewed again and again', async () => {
      const [row] = await engine.store.database.query<{ held: number | null }>(
        `select extract(epoch from o.lease_until - a.started)::float8 as held
           from objects o join attempts a on a.object_id = o.id where o.id = $1`,
        [base.id],
      );
      return (row?.held ?? 0) > 4 ? true : undefined;
    });
    release();
    await engine.untilState(base, 'Synced');
    expect(backend.log(base)).toEqual(['sync long']);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
