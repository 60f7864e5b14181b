import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createActivities, Shares, type Activities } from '../../activities/index.ts';
import { step } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyPolicy, AnyStep } from '../../define/synchronizer.ts';
import { createLog } from '../../log.ts';
import type { Ref } from '../../model/definition.ts';
import { prepare } from '../../store/prepare.ts';
import { SETTINGS } from '../support/engine.ts';
import { link, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

// What is asked here, only somebody asks who writes into Temporal by himself.

const calls: string[] = [];
const stepOf = (name: string): AnyStep =>
  step({
    synchronizes: defineModel(name),
    syncRecord: ({ id }) => void calls.push(`${name}/${id}`),
    deleteRecord: ({ id }) => void calls.push(`delete ${name}/${id}`),
  }) as AnyStep;

let store: TestStore;
let activities: Activities;
let base: Ref;
let node: Ref;
beforeAll(async () => {
  const models = [model('Base'), model('Node', { links: [link('base', 'Base')] })];
  store = await createTestStore(models, { withPolicy: ['Node'] });
  activities = createActivities({
    ...{ store, synchronizer: 'test', folder: '/nowhere', sysDir: '/nowhere', keepDeletedSysMs: 0 },
    steps: new Map(['Base', 'Node'].map((name) => [name, stepOf(name)])),
    policies: new Map<string, AnyPolicy>(),
    ...{ watchers: new Map(), pollers: new Map(), limits: new Map() },
    ...{ settings: SETTINGS, shares: new Shares(4), worker: 'test', log: createLog({ level: 'silent' }) },
    ...{ ansible: undefined, proxySsh: undefined },
  });
  await store.write({ name: 'a test' }, async (tx) => {
    base = await tx.create('Base', { name: 'a' });
    node = await tx.create('Node', { name: 'b', base });
  });
});
afterAll(() => store.drop());
beforeEach(() => void calls.splice(0));

/** Run an activity with a token that somebody was handed. */
async function forge(activity: 'syncRecord' | 'deleteRecord' | 'runPolicies', ref: Ref, kind: string) {
  const prepared = await prepare(store.database, base.id);
  if (!('token' in prepared)) throw new Error(`Base is not due: ${JSON.stringify(prepared)}`);
  const { token, generation } = prepared;
  const attempt = { kind, token, generation, activity, startToCloseMs: 10_000, heartbeatMs: 10_000 };
  return new MockActivityEnvironment().run(() => activities[activity](ref, attempt as never));
}

// Others the database refuses.
test.each(['sync', 'delete', 'police'])(
  'an attempt of kind %s runs nothing that is not due',
  async (kind) => {
    // Its policy is asked first, and its base is not there.
    for (const activity of ['syncRecord', 'deleteRecord'] as const)
      expect(await forge(activity, node, kind)).toBe('again');
    expect(calls).toEqual([]);
    expect(await store.get(node)).toMatchObject({ enacted: null, failures: 0 });
  },
);

test('an object is never synchronized by the step of another model', async () => {
  expect(await forge('syncRecord', { model: 'Node', id: base.id }, 'sync')).toBe('again');
  expect(await forge('runPolicies', { model: 'Base', id: node.id }, 'police')).toBe('again');
  expect(calls).toEqual([]);
  expect(await store.get(base)).toMatchObject({ enacted: null, failures: 0 });
});

test('what is due is done', async () => {
  expect(await forge('syncRecord', base, 'sync')).toBe('done');
  expect(calls).toEqual([`Base/${base.id}`]);
});
