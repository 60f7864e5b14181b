import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { policy } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyPolicy } from '../../define/synchronizer.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = ['Hanging', 'Single', 'Limited', 'Paced', 'Other', 'Governed'].map((name) =>
  model(name, { fields }),
);
const SLOTS = 6;

let backend: Backend;
let engine: Engine;
/** What the policy of Governed waits for, and how many objects it is asked about at once. */
let consent = Promise.resolve();
let asked = 0;
const governing = policy({
  model: defineModel('Governed'),
  async handleCreate() {
    asked += 1;
    await consent;
    asked -= 1;
  },
}) as unknown as AnyPolicy;

beforeAll(async () => {
  backend = createBackend();
  engine = await startEngine(
    MODELS,
    {
      Hanging: backend.step('Hanging'),
      Single: backend.step('Single', { concurrency: 1 }),
      Limited: backend.step('Limited', { backend: () => 'small' }),
      Paced: backend.step('Paced', { backend: () => 'slow' }),
      Other: backend.step('Other'),
    },
    {
      slots: SLOTS,
      policies: { Governed: governing },
      limits: new Map([
        ['small', { concurrency: 2 }],
        ['slow', { perSecond: 2 }],
      ]),
    },
  );
  // A second worker: limits hold over both.
  await engine.startWorker();
});
afterAll(() => engine.stop());
beforeEach(() => backend.reset());

const createMany = (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => engine.create(name, { name: `n${index}` })));

describe('slots', () => {
  test('of which more hang than there are leave room for other steps', async () => {
    const names = Array.from({ length: SLOTS * 3 }, (_, index) => `hang${index}`);
    const releases = names.map((name) => backend.hang(name));
    const hanging = await Promise.all(names.map((name) => engine.create('Hanging', { name })));
    await waitFor('the step to fill its share of both workers', () =>
      backend.running('Hanging') === SLOTS ? true : undefined,
    );
    const others = await createMany('Other', 5);
    for (const other of others) await engine.untilState(other, 'Synced');
    expect(backend.running('Hanging')).toBe(SLOTS);
    for (const release of releases) release();
    for (const one of hanging) await engine.untilState(one, 'Synced');
  });

  test('of which a policy would take more than there are leave room for others, too', async () => {
    let agree = (): void => undefined;
    consent = new Promise((resolve) => {
      agree = resolve;
    });
    const governed = await createMany('Governed', SLOTS * 3);
    await waitFor('the policy to fill its share of both workers', () => asked === SLOTS || undefined);
    for (const other of await createMany('Other', 5)) await engine.untilState(other, 'Synced');
    expect(asked).toBe(SLOTS);
    agree();
    for (const one of governed) await engine.untilState(one, 'Synced');
  });
});

describe('a limit', () => {
  test('of a step holds over all workers', async () => {
    for (const one of await createMany('Single', 4)) await engine.untilState(one, 'Synced');
    expect(backend.mostAtOnce('Single')).toBe(1);
  });

  test('of a back end holds over all workers', async () => {
    for (const one of await createMany('Limited', 6)) await engine.untilState(one, 'Synced');
    expect(backend.mostAtOnce('Limited')).toBeLessThanOrEqual(2);
  });

  test('per second spreads attempts out', async () => {
    const began = performance.now();
    for (const one of await createMany('Paced', 6)) await engine.untilState(one, 'Synced');
    // Two at once, and then two each second: six cannot have taken less than two seconds.
    expect(performance.now() - began).toBeGreaterThan(1_900);
  });

  test('leaves no place behind', async () => {
    expect(await engine.store.database.query('select * from places')).toEqual([]);
  });
});
