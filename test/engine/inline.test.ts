import { Client, Connection } from '@temporalio/client';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { PermanentException } from '../../define/index.ts';
import type { Ref } from '../../model/definition.ts';
import { workflowIdOf } from '../../workflows/messages.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';

const fields = [field('name'), field('backend_handle', { state: 'feedback', nullable: true })];
const MODELS = [model('Brief', { fields })];

let engine: Engine | undefined;
afterEach(() => engine?.stop());

/** How many attempts its last run gave to Temporal as activities of their own. */
async function scheduled(ref: Ref): Promise<number> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const { events } = await new Client({ connection }).workflow.getHandle(workflowIdOf(ref)).fetchHistory();
  await connection.close();
  return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes != null).length;
}

describe('an inline step', () => {
  test('is done beside the workflow, and recorded as any other', async () => {
    const backend = createBackend();
    engine = await startEngine(MODELS, { Brief: backend.step('Brief', { inline: true }) });
    const ref = await engine.create('Brief', { name: 'a' });
    await engine.untilState(ref, 'Synced');
    expect(await scheduled(ref)).toBe(0);
    expect(backend.log(ref)).toEqual(['sync a']);
    expect(await engine.store.database.query('select outcome, number from attempts')).toEqual([
      { outcome: 'synced', number: 1 },
    ]);
  });

  test('that fails is tried again as an ordinary activity, with growing delays', async () => {
    const backend = createBackend();
    engine = await startEngine(MODELS, { Brief: backend.step('Brief', { inline: true }) });
    backend.fail(() => new Error('HTTP 503'));
    const ref = await engine.create('Brief', { name: 'a' });
    await engine.until(ref, ({ failures }) => failures >= 2, 'to have failed twice');
    expect(await engine.get(ref)).toMatchObject({ state: 'Error', backend_status: 'HTTP 503' });
    backend.fail(() => undefined);
    await engine.untilState(ref, 'Synced');
    expect(await scheduled(ref)).toBe(1);
  });

  test('that says that it never will stalls', async () => {
    const backend = createBackend();
    engine = await startEngine(MODELS, { Brief: backend.step('Brief', { inline: true }) });
    backend.fail(() => new PermanentException('no such color'));
    const ref = await engine.create('Brief', { name: 'a' });
    await engine.untilState(ref, 'Stalled');
  });

  test('that takes longer than 5 seconds is a failure, and has the time that its step has from then on', async () => {
    const backend = createBackend();
    engine = await startEngine(MODELS, { Brief: backend.step('Brief', { inline: true }) });
    const release = backend.hang('slow');
    const ref = await engine.create('Brief', { name: 'slow' });
    const failed = await engine.until(ref, ({ failures }) => failures === 1, 'to have failed');
    expect(failed.backend_status).toContain('5 s');
    release();
    await engine.untilState(ref, 'Synced');
  });

  test('that is deleted while it runs is deleted afterwards', async () => {
    const backend = createBackend();
    engine = await startEngine(MODELS, { Brief: backend.step('Brief', { inline: true }) });
    backend.hang('slow');
    const ref = await engine.create('Brief', { name: 'slow' });
    await engine.untilState(ref, 'Syncing');
    await engine.remove(ref);
    await engine.untilGone(ref);
    expect(backend.log(ref).at(-1)).toBe('delete slow');
  });
});
