import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { startTemporal } from '../../platform/temporal.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { temporaryFolder } from '../support/folder.ts';
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

let backend: Backend;
let engine: Engine;

async function start(options: Parameters<typeof startEngine>[2]): Promise<void> {
  engine = await startEngine(
    MODELS,
    { Base: backend.step('Base'), Node: backend.step('Node') },
    // No backoff ends by itself.
    { sweepMs: 500, settings: { retry: { initialMs: 600_000, factor: 1, maxMs: 600_000 } }, ...options },
  );
}
beforeEach(() => {
  backend = createBackend();
});
afterEach(() => engine.stop());

/** What the sweep has found so far. */
async function finds(): Promise<number[]> {
  const rows = await engine.store.database.query<{ id: number }>(
    "select distinct object_id as id from events where kind = 'found by the sweep' order by id",
  );
  return rows.map(({ id }) => id);
}

/** Objects in every state in which they stay for a while, and how to make all end well. */
async function lives(): Promise<{ readonly refs: Record<string, Ref>; readonly calm: () => Promise<void> }> {
  const release = backend.hang('at work');
  backend.fail((kind, { name }) => {
    const isBad = name === 'in backoff' || (kind === 'delete' && name === 'being deleted');
    return isBad ? new Error('HTTP 503') : undefined;
  });
  const atWork = await engine.create('Base', { name: 'at work' });
  const waiting = await engine.create('Node', { name: 'waiting', base: atWork });
  const inBackoff = await engine.create('Base', { name: 'in backoff' });
  const behind = await engine.create('Node', { name: 'behind', base: inBackoff, parent: waiting });
  const deleting = await engine.create('Base', { name: 'being deleted' });
  await engine.untilState(deleting, 'Synced');
  await engine.remove(deleting);
  await engine.untilState(deleting, 'Error');
  await engine.untilState(inBackoff, 'Error');
  await engine.untilState(atWork, 'Syncing');
  for (const ref of [waiting, behind]) await engine.until(ref, ({ root }) => root !== null, 'to wait');
  return {
    refs: { atWork, waiting, inBackoff, behind, deleting },
    async calm() {
      backend.fail(() => undefined);
      release();
      // The sweep waits for a minute after the time of the next attempt: let it have passed.
      await engine.store.database.query(
        "update objects set next_attempt_at = now() - interval '2 minutes' where next_attempt_at is not null",
      );
    },
  };
}

async function allSettled({ deleting, ...others }: Record<string, Ref>): Promise<void> {
  for (const ref of Object.values(others)) {
    await engine.until(ref, ({ state }) => state === 'Synced', 'to be Synced', 60_000);
  }
  if (deleting !== undefined) await engine.untilGone(deleting);
}

describe('the sweep', { timeout: 180_000 }, () => {
  test('brings back what was deleted from the outbox', async () => {
    await start({ idle: true });
    const base = await engine.create('Base', { name: 'b' });
    const refs: Record<string, Ref> = { base };
    for (let index = 0; index < 40; index += 1) {
      const name = `n${index}`;
      refs[name] = await engine.create('Node', { name, base, parent: refs[`n${index - 1}`] ?? null });
    }
    await engine.store.database.query('delete from outbox');
    await engine.startWorker();
    await allSettled(refs);
    const order = Object.values(refs).map(({ id }) => id);
    expect(backend.order(Object.values(refs))).toEqual(order);
    expect(await finds()).toContain(base.id);
  });

  test('brings back what runs had been doing that were terminated, whatever it was', async () => {
    await start({});
    const { refs, calm } = await lives();
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    onTestFinished(() => connection.close());
    const { workflow } = new Client({ connection });
    // What waits gets a workflow when it has waited for some seconds.
    for (const ref of Object.values(refs))
      await waitFor(
        'a run',
        () =>
          workflow
            .getHandle(workflowIdOf(ref))
            .terminate('a test')
            .then(
              () => true,
              () => undefined,
            ),
        undefined,
        60_000,
      );
    await calm();
    await allSettled(refs);
    const found = await finds();
    expect(found).toContain(refs['inBackoff']?.id);
    // What was at work went on without its run; nothing else was done twice for that.
    expect(found).not.toContain(refs['atWork']?.id);
    for (const ref of Object.values(refs)) {
      expect(backend.log(ref).filter((what) => what.startsWith('sync'))).toHaveLength(1);
    }
  });

  test('fills a Temporal that has lost everything', async () => {
    const folder = await temporaryFolder();
    const first = await startTemporal({ dir: join(folder, 'first'), headless: true });
    const { address, port } = first;
    await start({ temporal: { address, namespace: 'default' } });
    const { refs, calm } = await lives();
    const synced = await engine.create('Base', { name: 'synced' });
    await engine.untilState(synced, 'Synced');

    await first.stop();
    await engine.update(synced, { name: 'written without Temporal' });
    await mkdir(join(folder, 'second'));
    const second = await startTemporal({ dir: join(folder, 'second'), headless: true, port });
    onTestFinished(async () => {
      await second.stop();
      await rm(folder, { recursive: true, force: true });
    });
    await calm();
    await allSettled({ ...refs, synced });
    expect(backend.log(synced)).toEqual(['sync synced', 'sync written without Temporal']);
    expect((await finds()).length).toBeGreaterThan(0);
  });

  test('finds nothing in what waits for a free place, however long ago that was changed', async () => {
    await start({ slots: 1 });
    const release = backend.hang('long');
    const long = await engine.create('Base', { name: 'long' });
    await engine.untilState(long, 'Syncing');
    const queued = await engine.create('Node', { name: 'queued' });
    const { database } = engine.store;
    await waitFor('it to be told', async () =>
      (await database.query('select 1 from outbox')).length === 0 ? true : undefined,
    );
    await database.query("update objects set updated = now() - interval '1 hour' where id = $1", [queued.id]);
    const sweeps = new Set<string>();
    await waitFor('four sweeps', async () => {
      const [row] = await database.query<{ at: string }>('select at::text from sweeps');
      if (row !== undefined) sweeps.add(row.at);
      return sweeps.size > 4 ? true : undefined;
    });
    expect(backend.attempts(queued)).toBe(0);
    release();
    await engine.untilState(queued, 'Synced');
    expect(await finds()).toEqual([]);
  });
});
