import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelDefinition, Ref } from '../../model/definition.ts';
import { storeDependencies } from '../../store/evaluation.ts';
import { prepare } from '../../store/prepare.ts';
import { untilQueued, whileHeld } from '../support/held.ts';
import { field, model } from '../support/models.ts';
import { createTestStore, type TestStore } from '../support/store.ts';

const me = { name: 'a test' };
const fields = [field('name')];
const MODELS = [model('Site', { fields }), model('Host', { fields })];

let store: TestStore;
beforeAll(async () => {
  store = await createTestStore(MODELS, { withDependsOn: ['Host'] });
});
afterAll(() => store.drop());

const create = (name: string): Promise<Ref> => store.write(me, (tx) => tx.create(name, { name: 'a' }));

/** Its step says on what a host depends. @returns whether that was stored */
const say = async (host: Ref, on: readonly Ref[]): Promise<boolean> => {
  const { generation = 0 } = (await store.get(host)) ?? {};
  return storeDependencies(store.database, host.id, generation, on, {
    fields: on.map(({ model: name, id }) => ({ target: id, model: name, field: 'name', value: 'a' })),
    searches: [],
  });
};
/** As if all of it had been done in the back end. */
const settle = (): Promise<unknown> =>
  store.database.query('update objects set enacted = generation, backend_need_delete = true');
const register = (dependsOn: boolean): Promise<unknown> =>
  store.register({
    synchronizer: 'test',
    models: MODELS.map((definition) => ({
      definition,
      hasStep: true,
      hasPolicy: false,
      ...(definition.name === 'Host' && dependsOn && { traits: { dependsOn } }),
    })),
  });

test('a step that says no longer what it depends on, holds nothing by what it said', async () => {
  const [site, host] = [await create('Site'), await create('Host')];
  expect(await say(host, [site])).toBe(true);
  await settle();
  await register(false);
  expect(await prepare(store.database, host.id)).toMatchObject({ decision: 'sync' });
  expect(await store.database.query('select 1 from edges')).toEqual([]);
  expect(await store.database.query('select 1 from reads')).toEqual([]);
  // Who was asked before that is answered too late.
  expect(await say(host, [site])).toBe(false);
  await settle();
  await store.write(me, (tx) => tx.remove(site));
  expect(await prepare(store.database, site.id)).toMatchObject({ decision: 'delete' });
});

describe('what a step says while its synchronizer is registered without its dependsOn', () => {
  test.each(['before the registration comes by', 'after it'])('is forgotten: %s', async (which) => {
    await register(true);
    const [site, host] = [await create('Site'), await create('Host')];
    await settle();
    const isFirst = which.startsWith('before');
    let said: Promise<boolean> | undefined;
    let registered: Promise<unknown> | undefined;
    await whileHeld(store.database, host, async () => {
      if (isFirst) said = say(host, [site]);
      else registered = register(false);
      await untilQueued(store.database, 1);
      said ??= say(host, [site]);
      registered ??= register(false);
      await untilQueued(store.database, 2);
    });
    expect(await said).toBe(isFirst);
    await registered;
    expect(await store.database.query('select 1 from edges where src = $1', [host.id])).toEqual([]);
  });
});

test('what a model is handed on with holds nothing by what was said of it', async () => {
  await register(true);
  await store.register({
    synchronizer: 'heir',
    models: [{ definition: MODELS[1] as ModelDefinition, hasStep: false, hasPolicy: false }],
  });
  const [site, host] = [await create('Site'), await create('Host')];
  expect(await say(host, [site])).toBe(true);
  await store.register({
    synchronizer: 'test',
    models: [{ definition: MODELS[0] as ModelDefinition, hasStep: true, hasPolicy: false }],
  });
  expect((await store.models()).get('Host')?.synchronizer).toBe('heir');
  expect(await store.database.query('select 1 from edges where src = $1', [host.id])).toEqual([]);
});

test('one that says so now is asked for each of its objects, but for what is not managed', async () => {
  await register(false);
  const host = await create('Host');
  const unmanaged = await store.write(me, (tx) => tx.create('Host', { name: 'b', no_sync: true }));
  await settle();
  await register(true);
  expect(await prepare(store.database, host.id)).toMatchObject({ decision: 'evaluate' });
  expect(await prepare(store.database, unmanaged.id)).toMatchObject({ decision: 'nothing' });
});
