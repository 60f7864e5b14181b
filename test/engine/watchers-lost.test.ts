import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { modelLink, watcher } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const Lamp = defineModel<'Lamp', { name: string }>('Lamp');
const Desk = defineModel<'Desk', { name: string }>('Desk');
const MODELS = [model('Lamp'), model('Desk', { fields: [field('name')], links: [link('lamp', 'Lamp')] })];

const heard: string[] = [];
let isFailing = false;
let engine: Engine;
let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const listening = watcher({
    synchronizes: Desk,
    watched: [modelLink(Lamp, { via: 'lamp' })],
    handleWatchedObject({ name }) {
      if (isFailing) throw new Error('not now');
      heard.push(name);
    },
  });
  engine = await startEngine(
    MODELS,
    {},
    {
      watchers: [listening],
      sweepMs: 500,
      settings: { retry: { initialMs: 600_000, factor: 1, maxMs: 600_000 } },
    },
  );
});
afterAll(async () => {
  await engine.stop();
  await connection.close();
});

test('an event whose workflow was terminated is found by the sweep', { timeout: 120_000 }, async () => {
  const { database } = engine.store;
  isFailing = true;
  await engine.create('Lamp', { name: 'a' });
  await waitFor(
    'a failure',
    async () => (await database.query('select 1 from deliveries where tries > 0'))[0],
  );
  isFailing = false;
  const workflow = new Client({ connection }).workflow.getHandle(
    `watcher/${engine.synchronizer}/watcher Desk`,
  );
  await workflow.terminate('a test');
  await database.query("update deliveries set due = now() - interval '2 minutes'");
  await waitFor(
    'it to be delivered',
    () => heard.includes('a') || undefined,
    () => heard,
    60_000,
  );
  expect(await database.query("select detail from events where kind = 'found by the sweep'")).toEqual([
    { detail: { watcher: `${engine.synchronizer}/watcher Desk` } },
  ]);
});

test(
  'an event whose outbox row was deleted is delivered when a worker starts',
  { timeout: 120_000 },
  async () => {
    const { database } = engine.store;
    await engine.stopWorkers();
    await engine.create('Lamp', { name: 'b' });
    await database.query('delete from outbox');
    await engine.startWorker();
    await waitFor(
      'it to be delivered',
      () => heard.includes('b') || undefined,
      () => heard,
      60_000,
    );
  },
);
