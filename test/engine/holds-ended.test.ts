import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { PermanentException } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
import { readModelDeps } from '../../plan/model-deps.ts';
import { startWorker } from '../../worker/worker.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { SETTINGS, startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
/** Brought by another synchronizer, which no worker runs at first. */
const FOREIGN = model('Foreign', { fields });
const MODELS = [
  model('Base', { fields }),
  model('Node', { fields, links: [link('base', 'Base'), link('foreign', 'Foreign')] }),
  // Depends on all of Base, on purpose.
  model('Report', { fields }),
  model('Asked', { fields }),
  FOREIGN,
];
const ME = { name: 'olga' };

let backend: Backend;
let engine: Engine;
let foreigners: string;
let connection: Connection;
/** What the step of Asked says that it depends on. */
let said: readonly Ref[];

beforeAll(async () => {
  backend = createBackend();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const steps = Object.fromEntries(['Base', 'Node', 'Report'].map((name) => [name, backend.step(name)]));
  engine = await startEngine(
    MODELS,
    { ...steps, Asked: backend.step('Asked', { dependsOn: () => said }) },
    {
      modelDeps: readModelDeps({ Report: [['Base', 'fake_accessor']] }).deps,
      settings: { retry: { initialMs: 1_500, factor: 1, maxMs: 1_500 } },
    },
  );
  foreigners = `${engine.synchronizer}-2`;
  await engine.store.register({
    synchronizer: foreigners,
    models: [{ definition: FOREIGN, hasStep: true, hasPolicy: false }],
  });
});
afterAll(async () => {
  await engine.stop();
  await connection.close();
});
beforeEach(() => {
  backend.reset();
  said = [];
});

const failing = (...names: string[]): void =>
  backend.fail((kind, { name }) =>
    kind === 'sync' && names.includes(name) ? new Error('HTTP 503') : undefined,
  );
const waitsFor = (ref: Ref, root: Ref) =>
  engine.until(ref, (object) => object.root?.id === root.id, `to wait for ${root.model}/${root.id}`);
describe('what waits for another object goes on', () => {
  test('when that is deleted, where it was only guessed', async () => {
    failing('bad');
    const base = await engine.create('Base', { name: 'bad' });
    const report = await engine.create('Report', { name: 'report' });
    await waitsFor(report, base);
    await engine.remove(base);
    await engine.untilState(report, 'Synced');
    await engine.untilGone(base);
  });

  test('when that is deleted, where its step had named it; that waits until it has been asked again', async () => {
    failing('bad');
    const base = await engine.create('Base', { name: 'bad' });
    said = [base];
    const asked = await engine.create('Asked', { name: 'asked' });
    await waitsFor(asked, base);
    said = [];
    await engine.remove(base);
    await engine.untilState(asked, 'Synced');
    await engine.untilGone(base);
    expect(await engine.get(asked)).toMatchObject({ generation: 2, enacted: 2 });
  });

  test('when that belongs to another synchronizer, as soon as somebody runs it', async () => {
    const foreign = await engine.create('Foreign', { name: 'f' });
    const node = await engine.create('Node', { name: 'n', foreign });
    await waitsFor(node, foreign);
    const worker = await startWorker({
      synchronizer: {
        name: foreigners,
        folder: '/nowhere',
        models: [FOREIGN],
        modelDeps: new Map(),
        steps: new Map([['Foreign', backend.step('Foreign')]]),
        policies: new Map(),
        watchers: new Map(),
        pollers: new Map(),
      },
      store: engine.store,
      temporal: { address: inject('temporalAddress'), namespace: 'default' },
      log: pino({ level: 'silent' }),
      settings: SETTINGS,
      slots: 5,
      sysDir: '/nowhere',
      ansible: undefined,
      shutdownMs: 2_000,
      sweepMs: 60_000,
    });
    try {
      await engine.untilState(node, 'Synced');
      expect(backend.order([foreign, node])).toEqual([foreign.id, node.id]);
    } finally {
      await worker.stop();
    }
  });
});

describe('a deleted object', () => {
  test('that nothing uses is deleted from the back end, and goes when the last row that names it does', async () => {
    const base = await engine.create('Base', { name: 'base' });
    await engine.untilState(base, 'Synced');
    const nodes = { scope: 'model', name: 'Node' } as const;
    await engine.store.pause(ME, nodes, { reason: '' });
    // No attempt of it has ever begun: in the back end it uses nothing.
    const node = await engine.create('Node', { name: 'n', base });
    await engine.remove(base, { cascade: true });
    const waiting = await engine.until(
      base,
      ({ backend_need_reap }) => backend_need_reap,
      'to be deleted from the back end',
    );
    expect(waiting).toMatchObject({
      state: 'Deleting',
      backend_status: 'deleted; waits until nothing links to it',
    });
    expect(backend.log(base)).toEqual(['sync base', 'delete base']);
    await engine.store.resume(ME, nodes);
    await Promise.all([engine.untilGone(node), engine.untilGone(base)]);
  });

  test('that was given up, goes when the last row that names it does, whatever its end was', async () => {
    const nodes = { scope: 'model', name: 'Node' } as const;
    await engine.store.pause(ME, nodes, { reason: '' });
    const base = await engine.create('Base', { name: 'stuck' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.untilState(base, 'Synced');
    backend.fail((kind) => (kind === 'delete' ? new PermanentException('forbidden') : undefined));
    await engine.remove(base, { cascade: true });
    await engine.untilState(base, 'Stalled');
    await engine.store.write(ME, (tx) => tx.remove(base, { orphan: true }));
    expect(await engine.get(base)).toMatchObject({
      state: 'Deleting',
      backend_status: 'deleted; waits until nothing links to it',
    });
    await engine.store.resume(ME, nodes);
    await Promise.all([engine.untilGone(node), engine.untilGone(base)]);
    // Of its workflow there was nothing to be told any more, which is no failure.
    await waitFor('that to be forgotten', async () => {
      const errands = await engine.store.database.query("select 1 from outbox where kind = 'end'");
      return errands.length === 0 || undefined;
    });
  });

  test('waits for what may still use it, although that is managed no longer', async () => {
    const base = await engine.create('Base', { name: 'base' });
    const node = await engine.create('Node', { name: 'n', base });
    await engine.untilState(node, 'Synced');
    await engine.update(node, { no_sync: true });
    await engine.update(node, { base: null });
    await engine.remove(base);
    await engine.until(base, ({ root }) => root?.id === node.id, 'to wait for what may use it');
    expect(backend.log(base)).toEqual(['sync base']);
    await engine.update(node, { no_sync: false });
    await engine.untilGone(base);
    expect(backend.log(node)).toEqual(['sync n', 'sync n']);
  });
});

describe('a workflow that waits', () => {
  const statusOf = async (ref: Ref): Promise<string | undefined> => {
    const described = await new Client({ connection }).workflow
      .getHandle(workflowIdOf(ref))
      .describe()
      .catch(() => undefined);
    return described?.status.name;
  };
  const untilItIs = (status: string, ref: Ref): Promise<unknown> =>
    waitFor(
      `the workflow of ${workflowIdOf(ref)} to be ${status}`,
      async () => ((await statusOf(ref)) === status ? true : undefined),
      () => statusOf(ref),
    );

  test('ends when its object is managed no longer, which then waits for nothing', async () => {
    failing('bad');
    const base = await engine.create('Base', { name: 'bad' });
    const node = await engine.create('Node', { name: 'n', base });
    await untilItIs('RUNNING', node);
    await engine.update(node, { no_sync: true });
    expect(await engine.get(node)).toMatchObject({ state: 'Not managed', backend_status: 'no_sync is set' });
    await untilItIs('COMPLETED', node);
    expect(await engine.store.database.query('select 1 from waits where waiter = $1', [node.id])).toEqual([]);
  });

  test('ends when its object is given up while it waits for others', async () => {
    const [old, next] = [
      await engine.create('Base', { name: 'old' }),
      await engine.create('Base', { name: 'next' }),
    ];
    const node = await engine.create('Node', { name: 'n', base: old });
    await engine.untilState(node, 'Synced');
    failing('n');
    await engine.update(node, { base: next });
    await engine.until(node, ({ failures }) => failures > 0, 'to have failed');
    await engine.remove(old);
    await untilItIs('RUNNING', old);
    await engine.store.write(ME, (tx) => tx.remove(old, { orphan: true }));
    await engine.untilGone(old);
    await untilItIs('COMPLETED', old);
  });
});

describe('an attempt', () => {
  test('is not made before its time by a run that begins in a backoff, and then it is', async () => {
    failing('bad');
    const base = await engine.create('Base', { name: 'bad' });
    const { next_attempt_at } = await engine.untilState(base, 'Error');
    await new Client({ connection }).workflow.getHandle(workflowIdOf(base)).terminate('a test');
    failing();
    await engine.store.database.query("select tell($1, 'changed', 2::smallint)", [base.id]);
    await engine.untilState(base, 'Synced');
    const attempts = await engine.store.database.query<{ started: Date }>(
      'select started from attempts where object_id = $1 order by number',
      [base.id],
    );
    expect(attempts).toHaveLength(2);
    expect(attempts[1]?.started.getTime()).toBeGreaterThanOrEqual(next_attempt_at?.getTime() ?? Infinity);
  });

  test('waits while another holds the object, which is no failure, and is then made', async () => {
    const base = await engine.create('Base', { name: 'b' });
    await engine.untilState(base, 'Synced');
    const [lease] = await engine.store.database.query<{ until: Date }>(
      `update objects set fence = nextval('fence_tokens'), lease_until = clock_timestamp() + interval '1500 ms'
        where id = $1 returning lease_until as until`,
      [base.id],
    );
    await engine.update(base, { name: 'b2' });
    expect(await engine.until(base, ({ enacted }) => enacted === 2, 'to be at generation 2')).toMatchObject({
      failures: 0,
    });
    const attempts = await engine.store.database.query<{ started: Date; outcome: string }>(
      'select started, outcome from attempts where object_id = $1 order by number',
      [base.id],
    );
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['synced', 'synced']);
    expect(attempts[1]?.started.getTime()).toBeGreaterThanOrEqual(lease?.until.getTime() ?? Infinity);
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});
