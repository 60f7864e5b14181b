import { expect, test } from 'vitest';
import { defineModel } from '../../define/model.ts';
import { policy } from '../../define/policy.ts';
import { registrationOf } from '../../worker/registration.ts';
import type { LoadedSynchronizer } from '../../worker/load-synchronizer.ts';
import { model } from '../support/models.ts';

test('a model with a policy alone has terms, too, so that a relay can hand on to it; one without either has none', () => {
  const synchronizer: LoadedSynchronizer = {
    name: 'palette',
    folder: '.',
    models: [model('Ruled'), model('Plain')],
    modelDeps: new Map(),
    steps: new Map(),
    policies: new Map([['Ruled', policy({ model: defineModel('Ruled'), handleCreate() {} })]]),
    watchers: new Map(),
    pollers: new Map(),
  };
  const { models } = registrationOf(synchronizer, { heartbeatMs: 7_000 });
  expect(models.map(({ traits }) => traits)).toMatchObject([{ terms: { heartbeatMs: 7_000 } }, {}]);
  expect(models[1]?.traits).toEqual({});
});
